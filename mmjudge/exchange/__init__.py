"""Files to the store and back. Knows how names become items (`incoming`) and items names (`outgoing`). Refuses to know
formats (`formats`) and what labels mean."""

from mmjudge.exchange.incoming import Imported, import_file
from mmjudge.exchange.outgoing import Exported, Wanted, export_to

__all__ = ["Exported", "Imported", "Wanted", "export_to", "import_file"]
