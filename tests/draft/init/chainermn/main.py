import os, sys
import numpy as np
import chainer
import chainermn
from mpi4py import MPI
from sklearn.datasets import load_digits
from PIL import Image
import cupy
