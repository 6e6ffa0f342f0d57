"""Trains a small network on handwritten digits, the same model on every MPI rank.

Each rank holds a share of the data. After every batch ChainerMN averages the ranks' gradients, so
all of them take the same step and end with the same parameters, bit for bit.
"""
import argparse
import hashlib
import os
import platform
import sys

import chainer
import chainer.functions as F
import chainer.links as L
import chainermn
import numpy as np
from chainer.backends import cuda
from chainer.datasets import TupleDataset, split_dataset_random
from sklearn.datasets import load_digits

REQUIRED_ACCURACY = 0.9


class Network(chainer.Chain):
    """Two hidden layers between 8x8 pixels and ten digits."""

    def __init__(self, units):
        super().__init__()
        with self.init_scope():
            self.first = L.Linear(None, units)
            self.second = L.Linear(None, units)
            self.output = L.Linear(None, 10)

    def forward(self, x):
        h = F.relu(self.first(x))
        h = F.relu(self.second(h))
        return self.output(h)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--batch-size", type=int, default=16, help="images per rank and step")
    parser.add_argument("--units", type=int, default=100, help="width of the hidden layers")
    parser.add_argument("--independent", action="store_true",
                        help="train every rank by itself, without averaging gradients")
    return parser.parse_args()


def make_communicator():
    """NCCL between GPUs; without one, plain MPI."""
    if not cuda.available:
        return chainermn.create_communicator("naive")
    comm = chainermn.create_communicator("pure_nccl")
    cuda.get_device_from_id(comm.intra_rank).use()  # the ranks of a node share its GPUs out
    return comm


def load_data(comm):
    """This rank's share of the training images, and all test images."""
    train = test = None
    if comm.rank == 0:
        images, labels = load_digits(return_X_y=True)
        digits = TupleDataset((images / 16).astype(np.float32), labels.astype(np.int32))
        train, test = split_dataset_random(digits, len(digits) * 4 // 5, seed=0)
    return chainermn.scatter_dataset(train, comm, shuffle=True, seed=0), comm.bcast_obj(test)


def train_epoch(optimizer, data, batch_size, device):
    """One pass over this rank's data; the mean loss."""
    losses = []
    for batch in chainer.iterators.SerialIterator(data, batch_size, repeat=False):
        images, labels = chainer.dataset.concat_examples(batch, device)
        optimizer.update(optimizer.target, images, labels)
        losses.append(float(optimizer.target.loss.array))
    return np.mean(losses)


def measure_accuracy(model, data, device):
    images, labels = chainer.dataset.concat_examples(data[:], device)
    with chainer.using_config("train", False), chainer.no_backprop_mode():
        return float(F.accuracy(model.predictor(images), labels).array)


def hash_parameters(model):
    digest = hashlib.sha256()
    for name, parameter in sorted(model.namedparams()):
        digest.update(name.encode() + cuda.to_cpu(parameter.array).tobytes())
    return digest.hexdigest()[:16]


def shm_size():
    status = os.statvfs("/dev/shm")
    return status.f_blocks * status.f_frsize


def main():
    args = parse_arguments()
    comm = make_communicator()
    device = comm.intra_rank if cuda.available else -1

    model = L.Classifier(Network(args.units))
    if device >= 0:
        model.to_gpu()
    optimizer = chainer.optimizers.Adam()
    if not args.independent:
        optimizer = chainermn.create_multi_node_optimizer(optimizer, comm)  # averages the gradients
    optimizer.setup(model)

    train, test = load_data(comm)
    for epoch in range(1, args.epochs + 1):
        loss = train_epoch(optimizer, train, args.batch_size, device)
        accuracy = measure_accuracy(model, test, device)
        if comm.rank == 0:
            print(f"epoch {epoch}: loss {loss:.4f}, accuracy {accuracy:.4f}", flush=True)

    print(f"rank {comm.rank} of {comm.size}: node {platform.node()}, intra_rank {comm.intra_rank}, "
          f"/dev/shm {shm_size()} bytes, accuracy {accuracy:.4f}, parameters {hash_parameters(model)}",
          flush=True)
    if accuracy < REQUIRED_ACCURACY:
        sys.exit(f"rank {comm.rank}: the accuracy is under {REQUIRED_ACCURACY}")


if __name__ == "__main__":
    main()
