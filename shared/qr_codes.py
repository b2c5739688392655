"""QR codes on printed papers: nobody types an address or a token from paper."""

import io

import segno


def draw_qr_code(content: str) -> str:
    """A QR code with this content, as SVG; a sixth of it may be damaged."""
    buffer = io.BytesIO()
    segno.make(content, error="m", micro=False).save(buffer, kind="svg", border=4, xmldecl=False)
    return buffer.getvalue().decode()
