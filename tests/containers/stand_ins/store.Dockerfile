# Stands in for versity/versitygw: the same program, built by `go install`.
FROM attesta-stand-in/debian
COPY versitygw /usr/local/bin/versitygw
ENTRYPOINT ["/usr/local/bin/versitygw"]
