"""The Chainer estimator class of a retired service, and what its notebooks call around it, on a Slurm cluster."""

from .chainer import Chainer
from .compute import AmlCompute, ComputeTarget
from .conda_dependencies import CondaDependencies
from .container_registry import ContainerRegistry
from .data import DataPath, DataReference, Datastore
from .environment import Environment
from .errors import (ActivityFailedException, ChainerSubmitError, ComputeTargetException, EstimatorError,
                     EstimatorWarning, Finding)
from .experiment import Experiment
from .mpi import Mpi, MpiConfiguration
from .run import Run
from .run_details import RunDetails
from .workspace import Workspace

VERSION = "0.1.0"

__all__ = ["VERSION", "ActivityFailedException", "AmlCompute", "Chainer", "ChainerSubmitError", "ComputeTarget",
           "ComputeTargetException", "CondaDependencies", "ContainerRegistry", "DataPath", "DataReference", "Datastore",
           "Environment", "EstimatorError", "EstimatorWarning", "Experiment", "Finding", "Mpi", "MpiConfiguration",
           "Run", "RunDetails", "Workspace"]
