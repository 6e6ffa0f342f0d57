"""Trains a small network in each way that ChainerMN has, on an even number of ranks, and says how well each did.

The data are ten patterns with noise, so that nothing has to be downloaded.
"""

import chainer
import chainermn
import numpy
from chainer import functions as F
from chainer import links as L
from chainer import training
from chainer.training import extensions

SIZE, CLASSES, BATCH, UPDATES = 64, 10, 25, 80


def patterns(count, seed):
    known = numpy.random.RandomState(0).rand(CLASSES, SIZE)
    random = numpy.random.RandomState(seed)
    labels = random.randint(0, CLASSES, count).astype(numpy.int32)
    images = known[labels] + 0.5 * random.rand(count, SIZE)
    return chainer.datasets.TupleDataset(images.astype(numpy.float32), labels)


TRAINING, VALIDATION = patterns(1000, seed=1), patterns(200, seed=2)


class FirstHalf(chainermn.MultiNodeChainList):
    """Gets the images, sends them through its layer to the other rank, and gets the answer back."""

    def __init__(self, pair):
        super().__init__(comm=pair)
        self.add_link(L.Linear(SIZE, 32), rank_in=None, rank_out=1)
        self.add_link(chainer.Sequential(F.identity), rank_in=1, rank_out=None)


class SecondHalf(chainermn.MultiNodeChainList):
    def __init__(self, pair):
        super().__init__(comm=pair)
        self.add_link(chainer.Sequential(F.relu, L.Linear(32, CLASSES)), rank_in=0, rank_out=0)


def half_of(pair):
    return L.Classifier(FirstHalf(pair)) if pair.rank == 0 else SecondHalf(pair)


def data_of(pair, dataset):
    """The second half takes part in each step, but gets no data of its own."""
    return dataset if pair.rank == 0 else chainermn.datasets.create_empty_dataset(dataset)


def shared(comm):
    return chainermn.create_multi_node_optimizer(chainer.optimizers.Adam(0.01), comm)


def updater_of(model, optimizer, dataset):
    optimizer.setup(model)
    return training.StandardUpdater(chainer.iterators.SerialIterator(dataset, BATCH, shuffle=False), optimizer)


def update(updater, times=UPDATES):
    for _ in range(times):
        updater.update()


def validation(model, dataset):
    batches = chainer.iterators.SerialIterator(dataset, BATCH, repeat=False, shuffle=False)
    return extensions.Evaluator(batches, model)


def total(model):
    return float(sum(abs(parameter.array).sum() for parameter in model.params()))


def demand_the_same(comm, model):
    totals = comm.gather_obj(total(model), root=0)
    assert comm.rank or max(totals) - min(totals) < 1e-4, f"the ranks' parameters differ: {totals}"


def data_parallel(comm):
    model = L.Classifier(chainer.Sequential(L.Linear(SIZE, 32), F.relu, L.Linear(32, CLASSES)))
    dataset = chainermn.scatter_dataset(TRAINING if comm.rank == 0 else None, comm, shuffle=True, seed=3)
    assert len(dataset) == len(TRAINING) // comm.size
    update(updater_of(model, shared(comm), dataset))
    demand_the_same(comm, model)
    return chainermn.create_multi_node_evaluator(validation(model, VALIDATION), comm)()


def model_parallel(comm):
    pair = comm.split(comm.rank // 2, comm.rank)
    model = half_of(pair)
    update(updater_of(model, chainer.optimizers.Adam(0.01), data_of(pair, TRAINING)))
    return validation(model, data_of(pair, VALIDATION))()


def dual_parallel(comm):
    pair, likes = comm.split(comm.rank // 2, comm.rank), comm.split(comm.rank % 2, comm.rank)
    model = half_of(pair)
    dataset = chainermn.scatter_dataset(data_of(pair, TRAINING) if likes.rank == 0 else None, likes)
    update(updater_of(model, shared(likes), dataset))
    demand_the_same(likes, model)
    evaluator = validation(model, data_of(pair, VALIDATION))
    # In Chainer 7.0.0 a multi-node evaluator fails on ranks that report nothing.
    return chainermn.create_multi_node_evaluator(evaluator, likes)() if pair.rank == 0 else evaluator()


def checkpoint(comm):
    def beginning():
        model = L.Classifier(chainer.Sequential(L.Linear(SIZE, 32), F.relu, L.Linear(32, CLASSES)))
        optimizer = shared(comm)
        checkpointer = chainermn.create_multi_node_checkpointer("saved", comm, path="outputs/saved")
        return model, optimizer, updater_of(model, optimizer, TRAINING), checkpointer

    before, _, updater, checkpointer = beginning()
    update(updater, 30)
    checkpointer.save(updater, updater.iteration)
    after, optimizer, updater, checkpointer = beginning()
    assert total(after) != total(before)
    checkpointer.maybe_load(updater, optimizer)
    assert (updater.iteration, total(after)) == (30, total(before))
    update(updater, UPDATES - 30)
    demand_the_same(comm, after)
    return validation(after, VALIDATION)()


if __name__ == "__main__":
    chainer.disable_experimental_feature_warning = True
    world = chainermn.create_communicator("naive")
    if world.rank == 0:
        print(f"chainer {chainer.__version__}, numpy {numpy.__version__}, {world.size} ranks")
    for way in (data_parallel, model_parallel, dual_parallel, checkpoint):
        result = way(world)
        if world.rank == 0:
            print(f"{way.__name__} {float(result['main/accuracy']):.2f}", flush=True)
