"""What django-allauth asks the console about second factors."""

from io import BytesIO

import qrcode
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib.auth.base_user import AbstractBaseUser
from django.utils.translation import gettext as _
from qrcode.image.svg import SvgPathFillImage

from images.services import factor_secrets


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth carries no types
    """Secrets go through our vault; an authenticator app shows the console's name and host."""

    def encrypt(self, text: str) -> str:
        return factor_secrets.seal_here(text)

    def decrypt(self, encrypted_text: str) -> str:
        return factor_secrets.open_here(encrypted_text)

    def get_totp_label(self, user: AbstractBaseUser) -> str:
        return user.get_username()

    def get_totp_issuer(self) -> str:
        return f"{_('SCP image console')} {context.request.get_host()}"

    def build_totp_svg(self, url: str) -> str:
        """Draw on white: a phone reads it in the dark theme, too."""
        drawn = BytesIO()
        qrcode.make(url, image_factory=SvgPathFillImage).save(drawn)
        return drawn.getvalue().decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        host = context.request.get_host()
        return {"id": host.partition(":")[0], "name": f"{_('SCP image console')} {host}"}
