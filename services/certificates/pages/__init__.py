"""The public page behind a certificate's code: is it valid? Russian and English, no JavaScript."""

from services.certificates.pages.views import router

__all__ = ["router"]
