"""What people type into the pages of the desk, and what they are told when it cannot be used."""

from django import forms


class SignInForm(forms.Form):
    """A username and a password."""

    username = forms.CharField(label="Username", max_length=150, error_messages={"required": "Enter your username"})
    password = forms.CharField(
        label="Password", max_length=1000, strip=False, error_messages={"required": "Enter your password"}
    )


class PhoneCodeForm(forms.Form):
    """The six digits that a person's phone shows now, however they are spaced."""

    code = forms.CharField(
        label="6-digit code", max_length=20, error_messages={"required": "Enter the 6 digits that your phone shows"}
    )

    def clean_code(self) -> str:
        digits = "".join(self.cleaned_data["code"].split())
        if not (len(digits) == 6 and digits.isascii() and digits.isdigit()):
            raise forms.ValidationError("The code is 6 digits, such as 123456. Enter those that your phone shows now.")
        return digits


class RecoveryCodeForm(forms.Form):
    """One of the codes that were printed for the day the phone is lost."""

    code = forms.CharField(
        label="Recovery code", max_length=40, error_messages={"required": "Enter one of your recovery codes"}
    )
