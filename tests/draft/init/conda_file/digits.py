import chainer
