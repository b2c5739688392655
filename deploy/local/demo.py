"""The demo on a running or a fresh stack: `python -m deploy.local.demo`."""

import sys

from deploy.local.calls import StoryFailed, open_services
from deploy.local.errors import StackError
from deploy.local.scenes import play_story
from deploy.local.settings import LocalSettings
from deploy.local.stack import Stack
from deploy.local.terminal import console, show_step


def run_demo() -> int:
    """Plays the story, on a stack of its own if none runs; the exit status."""
    settings = LocalSettings()
    stack = Stack.find_running(settings)
    is_own_stack = stack is None
    try:
        if stack is None:
            stack = Stack(settings)
            stack.start(show_step)
        with open_services(lambda _: stack.site_url, stack.issue_token()) as services:
            play_story(services, stack.database_url, stack.mailbox_url)
    except (StackError, StoryFailed) as error:
        console.print(str(error), style="red", markup=False)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        if is_own_stack and stack is not None:
            with show_step("Stopping the stack that the demo started"):
                stack.stop()
    return 0


if __name__ == "__main__":
    sys.exit(run_demo())
