"""Bodies of the certificates service's requests and answers.

verification  what is asked, what is answered, jobs of many
certificates  certificates for those who keep them, duplicates, statements, centres
registry      the feed, manifests, receipts, numbers
"""
