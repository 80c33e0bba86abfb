"""What a dm+d release says, in this project's words.

dm+d is the NHS dictionary of medicines and devices; TRUD delivers it as zips of XML files. `archive` finds
the XML files safely, `layout` knows which element means what, `reader` streams rows out of them. Nothing
here touches the database; emar.operations.medicines does.
"""

from emar.dmd.archive import ReleaseFile, ReleaseRefused, open_release
from emar.dmd.layout import STAGES, FileKind
from emar.dmd.reader import rows

__all__ = ["STAGES", "FileKind", "ReleaseFile", "ReleaseRefused", "open_release", "rows"]
