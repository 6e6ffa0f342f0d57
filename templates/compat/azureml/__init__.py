"""Lets scripts of a retired service log what they measure: the part of its package that they call.

chainer-submit puts this at the end of a run's PYTHONPATH. That still comes before the environment's packages, so
where the real package is installed, this module becomes that one.
"""

import os
import sys
from importlib.machinery import PathFinder


def _installed():
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    others = [place for place in sys.path if os.path.abspath(place or os.curdir) != here]
    return PathFinder.find_spec(__name__, others)


def _become(spec):
    module = sys.modules[__name__]
    module.__spec__ = spec
    module.__path__ = list(spec.submodule_search_locations or ())
    if spec.has_location:
        module.__file__ = spec.origin
        module.__loader__ = spec.loader
        spec.loader.exec_module(module)


_found = _installed()
if _found is not None:
    _become(_found)
