"""Pages for the daily work of a centre and a council, in Russian and English, without JavaScript.

views    the addresses of what is looked at
acting   the addresses that forms are sent to
forms    what people entered, as the procedure's bodies
words    what the pages say
"""

from services.applications.pages.views import router

__all__ = ["router"]
