"""The part of the service's package that training scripts call: Run."""

from azureml.core.run import Run

__all__ = ["Run"]
