"""Sign-in, the second factor, and passwords, in Conch's words."""

from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm, SignupForm
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as ReauthenticateCodeForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.contrib.auth import user_login_failed
from django.utils.translation import gettext_lazy as _

from core.models import User
from core.signing_in import lockout


def _plain(form: forms.BaseForm, labels: dict[str, Any]) -> None:
    """Labels instead of placeholders, which vanish while one types."""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)
    for name, label in labels.items():
        if name in form.fields:
            form.fields[name].label = label


class SignInForm(LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"] = self.fields.pop("login")
        _plain(self, {"username": _("Username"), "password": _("Password")})
        self.fields["username"].widget.attrs["autofocus"] = True
        self.fields["password"].help_text = ""
        self.order_fields(["username", "password"])

    def clean(self) -> Any:
        self.cleaned_data["login"] = self.cleaned_data.get("username", "")
        return super().clean()


class ConfirmPasswordForm(ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, {"password": _("Password")})
        self.fields["password"].help_text = ""


class PasswordForm(ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {
            "oldpassword": _("Current password"),
            "password1": _("New password"),
            "password2": _("New password, again"),
        }
        _plain(self, labels)
        self.fields["oldpassword"].help_text = ""
        self.fields["password1"].help_text = _("At least 12 characters; long beats complicated.")


class JoinForm(SignupForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {
            "username": _("Username"),
            "email": _("E-mail"),
            "password1": _("Password"),
            "password2": _("Password, again"),
        }
        _plain(self, labels)
        self.fields["password1"].help_text = _("At least 12 characters; long beats complicated.")


class _Counted(forms.Form):
    """A wrong code counts like a wrong password: both lead to the same lockout."""

    user: User

    def clean_code(self) -> str:
        lockout.refuse_if_locked(self.user.username)
        try:
            return str(super().clean_code())  # type: ignore[misc]
        except forms.ValidationError:
            request = lockout.current_request()
            user_login_failed.send(__name__, credentials={"username": self.user.username}, request=request)
            raise


class CodeForm(_Counted, AuthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, {"code": _("Code")})
        self.fields["code"].help_text = _("From your authenticator app, or one of your recovery codes.")
        self.fields["code"].widget.attrs["autofocus"] = True


class ConfirmCodeForm(_Counted, ReauthenticateCodeForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, {"code": _("Code")})
        self.fields["code"].help_text = _("From your authenticator app, or one of your recovery codes.")


class AppForm(ActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, {"code": _("Code from the app")})
