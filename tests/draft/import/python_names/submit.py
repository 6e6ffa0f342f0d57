from azureml.core import Workspace
from azureml.core.compute import AmlCompute, ComputeTarget
from azureml.core.compute_target import ComputeTargetException
from azureml.core.runconfig import MpiConfiguration
from azureml.train import dnn

ws = Workspace.from_config()
cluster_name = "cpu-cluster"
try:
    target = ComputeTarget(workspace=ws, name=cluster_name)
except ComputeTargetException:
    target = ComputeTarget.create(ws, cluster_name, AmlCompute.provisioning_configuration(vm_size="X"))
mpi = MpiConfiguration()
mpi.process_count_per_node = 2
project_folder = "./src"
epochs = 1
epochs = 2
params = {
    "--epochs": 3,
}
est = dnn.Chainer(source_directory=project_folder, compute_target=target, entry_script="train.py",
                  script_params=params, distributed_training=mpi, max_run_duration_seconds=60 * 60, node_count=epochs)


def another():
    return Chainer(".", compute_target=ws.compute_targets["gpu-cluster"])
