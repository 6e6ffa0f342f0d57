from azureml.core import ContainerRegistry
from azureml.train.dnn import Chainer, Mpi

registry = ContainerRegistry()
registry.password = open("/etc/secret").read()

est = Chainer(
    ".",
    compute_target="cpu-cluster",
    entry_script="train.py",
    script_params={"--epochs": 10, "--lr": -1e-5, "--flag": "", "--on": True, "--layers": [10, 20]},
    node_count=2,
    distributed_training=Mpi(process_count_per_node=2),
    image_registry_details=registry,
    pip_packages=["scikit-learn==1.2.2"],
    environment_variables={"A": "a,b"},
    shm_size=str(1) + "g",
    conda_packages=None,
    framework_version="5.1.0",
    _enable_optimized_mode=False,
    colour="red",
    **more,
)
other = Chainer(".", compute_target="gpu-cluster")
raise SystemExit("this file was executed")
