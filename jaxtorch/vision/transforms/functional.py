from enum import Enum


class InterpolationMode(Enum):
    BILINEAR = "bilinear"
