import chainer
import sklearn
