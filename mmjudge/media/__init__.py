"""Item -> Reading: the only place that decodes files.

    from mmjudge.media import item, read
    reading = read(item("look at this", files=["photo.heic", "clip.mp4"]))

Knows files and formats. Refuses to know rules, models, prompts and storage. Importing this package imports no decoder.
"""

from mmjudge.media.isolate import Isolation, read_isolated
from mmjudge.media.items import item, load
from mmjudge.media.limits import Limits, Sampling
from mmjudge.media.reading import read

__all__ = ["Isolation", "Limits", "Sampling", "item", "load", "read", "read_isolated"]
