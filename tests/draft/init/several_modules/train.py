import helper
from package import thing
