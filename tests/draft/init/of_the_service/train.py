from azureml.core import Run
run = Run.get_context()
