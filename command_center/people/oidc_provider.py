"""Speaking with an OpenID provider: what it says of itself, its keys, and a code for an identity.

OpenID Connect Core 1.0, authorization code flow with PKCE (RFC 7636). No token is kept, logged or
put into an answer: of an identity only its subject and one claim go further.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote_plus

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, JsonValue, ValidationError

from configs.settings import Settings

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA")
"""Signatures with a public key alone: `none` is no signature, and with HMAC the client's secret
would be a key."""
LEEWAY = 60
"""Seconds that the clocks of two machines may differ."""
KEPT = timedelta(hours=1)
"""How long what a provider says of itself holds; an unknown key has it asked for at once."""
TIMEOUT = httpx.Timeout(10.0, connect=5.0)
SCOPE = "openid profile"


class ProviderError(Exception):
    """The provider cannot be reached, or does not do as it should; the words hold no secret."""


class Metadata(BaseModel):
    """OpenID Connect Discovery 1.0 §3, as far as it is needed here."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


class _Tokens(BaseModel):
    id_token: str


@dataclass(frozen=True, slots=True)
class Identity:
    issuer: str
    subject: str
    named: str | None
    """The claim that says a login here, where the settings name one."""


@dataclass(slots=True)
class _Known:
    metadata: Metadata
    keys: KeySet
    until: datetime


class Provider:
    """One provider, of the settings."""

    def __init__(self, settings: Settings) -> None:
        self.issuer = settings.oidc_issuer or ""
        self._client_id = settings.oidc_client_id or ""
        self._secret = settings.oidc_client_secret
        self._claim = settings.oidc_login_claim
        self.redirect_uri = f"{settings.url}/api/v1/session/oidc/callback"
        self._known: _Known | None = None

    @property
    def is_set(self) -> bool:
        return bool(self.issuer and self._client_id)

    async def address(self, *, state: str, nonce: str, verifier: str, now: datetime) -> str:
        """Where a browser is sent to log in. Raises: ProviderError."""
        known = await self._look(now)
        challenge = create_s256_code_challenge(verifier)
        address: str = prepare_grant_uri(
            known.metadata.authorization_endpoint,
            self._client_id,
            "code",
            redirect_uri=self.redirect_uri,
            scope=SCOPE,
            state=state,
            nonce=nonce,
            code_challenge=challenge,
            code_challenge_method="S256",
        )
        return address

    async def identify(self, code: str, *, verifier: str, nonce: str, now: datetime) -> Identity:
        """Whose code this is. Raises: ProviderError."""
        known = await self._look(now)
        token = await self._redeem(known.metadata, code, verifier)
        try:
            claims = self._verified(token, known, nonce, now)
        except JoseError:
            # The provider may have changed its keys since they were asked for.
            known = await self._look(now, anew=True)
            try:
                claims = self._verified(token, known, nonce, now)
            except JoseError as error:
                why = error.error or type(error).__name__
                raise ProviderError(f"its identity token is not valid: {why}") from None
        named = claims.get(self._claim) if self._claim is not None else None
        return Identity(self.issuer, str(claims["sub"]), str(named) if named else None)

    def _verified(
        self, token: str, known: _Known, nonce: str, now: datetime
    ) -> dict[str, JsonValue]:
        """OIDC Core 1.0 §3.1.3.7."""
        found = jwt.decode(token, known.keys, algorithms=list(ALGORITHMS))
        registry = jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=LEEWAY,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self._client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        registry.validate(found.claims)
        audience = found.claims["aud"]
        many = isinstance(audience, list) and len(audience) > 1
        if (many or "azp" in found.claims) and found.claims.get("azp") != self._client_id:
            raise ProviderError("its identity token was made for another program (azp)")
        claims: dict[str, JsonValue] = found.claims
        return claims

    async def _redeem(self, metadata: Metadata, code: str, verifier: str) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": verifier,
        }
        headers = {}
        if self._secret is not None:
            headers["Authorization"] = _basic(self._client_id, self._secret.get_secret_value())
        else:
            form["client_id"] = self._client_id
        async with httpx.AsyncClient(timeout=TIMEOUT) as client:
            try:
                answer = await client.post(metadata.token_endpoint, data=form, headers=headers)
            except httpx.HTTPError as error:
                raise ProviderError(f"it does not answer: {type(error).__name__}") from None
        if not answer.is_success:
            raise ProviderError(f"it refused the code ({answer.status_code})")
        try:
            return _Tokens.model_validate_json(answer.content).id_token
        except ValidationError:
            raise ProviderError("it gave no identity token") from None

    async def _look(self, now: datetime, *, anew: bool = False) -> _Known:
        known = self._known
        if known is not None and known.until > now and not anew:
            return known
        async with httpx.AsyncClient(timeout=TIMEOUT) as client:
            try:
                address = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
                answer = (await client.get(address)).raise_for_status()
                metadata = Metadata.model_validate_json(answer.content)
                keys = (await client.get(metadata.jwks_uri)).raise_for_status()
                found = _Known(metadata, KeySet.import_key_set(keys.json()), now + KEPT)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise ProviderError(f"it does not answer: {type(error).__name__}") from None
            except (ValidationError, JoseError, ValueError, KeyError, TypeError):
                raise ProviderError("what it says of itself cannot be read") from None
        if metadata.issuer != self.issuer:
            raise ProviderError("it calls itself another issuer than FENGHUO_OIDC_ISSUER")
        self._known = found
        return found


def _basic(client_id: str, secret: str) -> str:
    """RFC 6749 §2.3.1: both are form-encoded first, which plain Basic leaves out."""
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"
