"""What people type into the pages of the desk, and what they are told when it cannot be used."""

from django import forms


class SignInForm(forms.Form):
    """A username and a password."""

    username = forms.CharField(label="Username", max_length=150, error_messages={"required": "Enter your username"})
    password = forms.CharField(
        label="Password", max_length=1000, strip=False, error_messages={"required": "Enter your password"}
    )
