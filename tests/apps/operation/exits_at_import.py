"""A script that leaves while it is loaded."""

import sys

sys.exit("cannot go on")
