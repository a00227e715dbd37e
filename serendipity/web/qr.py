"""QR codes as pictures inside the page."""

import segno
from markupsafe import Markup


def qr_picture(content: str, label: str) -> Markup:
    """Return an <img> with a QR code; `label` says what scanning it does."""
    address = segno.make(content, error="m").svg_data_uri(border=2)
    return Markup('<img class="qr" src="{}" alt="{}">').format(address, label)
