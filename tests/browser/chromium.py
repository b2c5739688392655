"""Where a Chromium is on this machine, if there is one."""

import os
import shutil

CHROMIUM = os.environ.get("ATTESTA_TEST_CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
