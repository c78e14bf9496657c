"""What needs the packages of a server is left out where they are not there."""

from importlib.util import find_spec

collect_ignore_glob = [] if all(map(find_spec, ("fastapi", "uvicorn"))) else ["test_*.py"]
