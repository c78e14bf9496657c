"""The folders that answer, and what opens them: see `tests.served_folders`."""

from importlib.util import find_spec

from tests.served_folders import NEEDED
from tests.served_folders import engine as engine
from tests.served_folders import engine_of as engine_of
from tests.served_folders import english as english
from tests.served_folders import folders as folders

collect_ignore_glob = [] if all(map(find_spec, NEEDED)) else ["test_*.py"]  # pip install -e '.[serve,onnx]'
