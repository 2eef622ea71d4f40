"""`python -m bootstrap`: builds the browser assets alone, for those who set the rest up by hand."""

import sys

from bootstrap.browser_assets import build_assets
from bootstrap.locks import wait_for_lock
from bootstrap.places import tools
from bootstrap.sentences import Stop, sentence_for_error

try:
    tools().mkdir(exist_ok=True)
    with wait_for_lock("setup") as taken:
        build_assets(taken)
except Stop as reason:
    sys.exit(str(reason))
except OSError as error:
    sys.exit(sentence_for_error(error))
