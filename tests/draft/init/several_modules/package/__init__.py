from . import thing
import yaml
