"""Why the system refused something, in words of ours: its own are English, whatever the reader's language."""

import errno

from callbacks.language.say import Message, joined


def reason(error: OSError) -> Message:
    """Returns why the system refused, as the end of a sentence: "there is no such file or folder"."""
    known = {
        errno.ENOENT: Message("there is no such file or folder"),
        errno.EACCES: Message("permission denied"),
        errno.EPERM: Message("this is not permitted"),
        errno.ENOSPC: Message("no space left on the disk"),
        errno.EDQUOT: Message("your share of the disk is used up"),
        errno.EROFS: Message("the disk can only be read"),
        errno.EIO: Message("the disk does not read or write as it should"),
        errno.EISDIR: Message("it is a folder"),
        errno.ENOTDIR: Message("a part of the path is no folder"),
        errno.EEXIST: Message("it is there already"),
        errno.ENOTEMPTY: Message("the folder is not empty"),
        errno.ENAMETOOLONG: Message("the name is too long"),
        errno.EMFILE: Message("too many files are open"),
        errno.ENFILE: Message("too many files are open"),
        errno.ETXTBSY: Message("the file is in use"),
        errno.EBUSY: Message("the file is in use"),
        errno.EFBIG: Message("the file would be too large for this disk"),
        errno.ENOLCK: Message("this disk cannot lock files"),
        errno.ENOTSUP: Message("this disk cannot do that"),
        errno.ENOMEM: Message("there is not enough memory"),
    }
    windows = {
        5: Message("permission denied, or a program such as Excel has the file open"),
        32: Message("the file is in use"),
        33: Message("the file is in use"),
    }
    text = windows.get(getattr(error, "winerror", None) or 0) or known.get(error.errno or 0)
    if text is not None:
        return text
    return joined([error.strerror or str(error) or type(error).__name__])
