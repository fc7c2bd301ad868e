"""Image classifiers: torchvision's architectures, names of parameters, and initialisation.

``resnet18(weights="DEFAULT")`` reads the file of weights that torchvision publishes, from where it would have put it.
"""

from . import alexnet, densenet, efficientnet, mobilenetv2, mobilenetv3, resnet, squeezenet, vgg, vision_transformer
from ._api import Weights, WeightsEnum, get_model, get_model_builder, get_model_weights, get_weight, list_models

# What the families' tables declare; `alexnet` names the function then, as in torchvision.
for _family in (alexnet, densenet, efficientnet, mobilenetv2, mobilenetv3, resnet, squeezenet, vgg, vision_transformer):
    globals().update({name: getattr(_family, name) for name in _family.__all__})
