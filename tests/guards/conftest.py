"""Before any test here imports transformers: torchvision beside torch for processors (see `torchvision_ops`)."""

from mmjudge.backends.torchvision_ops import with_torchvision

with_torchvision()
