import logging


class Brief(logging.Filter):
    """A request that was refused is a line; where the traceback matters, the answer was a 500."""

    def filter(self, record):
        if getattr(record, "status_code", 500) < 500:
            record.exc_info = record.exc_text = None
        return True
