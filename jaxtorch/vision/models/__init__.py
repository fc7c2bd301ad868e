"""Image classifiers: torchvision's architectures, names of parameters, and initialisation.

``resnet18(weights="DEFAULT")`` reads the file of weights that torchvision publishes, from where it would have put it.
"""

from ._api import Weights, WeightsEnum, get_model, get_model_builder, get_model_weights, get_weight, list_models
from .alexnet import *
from .densenet import *
from .efficientnet import *
from .mobilenetv2 import *
from .mobilenetv3 import *
from .resnet import *
from .squeezenet import *
from .vgg import *
from .vision_transformer import *
