"""What the home decides for itself: figures, letters, whom to ring, rounds, surgeries and pharmacies."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from emar.operations import policy as operations
from emar.queries import homes, medicines
from emar.queries import policy as queries
from emar.queries.homes import HomeOfStaff
from emar.rules.outcomes import OUTCOMES
from emar.rules.wall_clock import local_day
from web.access import MANAGERS, for_roles
from web.desk_form import DeskForm, clock_field, data_of, day_field, form_page, is_done, words_field
from web.letters import LETTERS

CONTACTS = (
    ("CD accountable officer", "accountable_officer"),
    ("Police CD liaison officer", "police"),
    ("CQC", "cqc"),
)


def _number(label: str, low: int, high: int, help_text: str = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=low, max_value=high, help_text=help_text)


class PolicyForm(DeskForm):
    """All figures that no law fixes."""

    sections = {
        "Doses": ("window_minutes", "close_after_minutes"),
        "Telling the GP": ("refusal_days", "critical_atc_codes", "homely_remedy_hours"),
        "When-required medicines": ("prn_unused_days", "prn_daily_days"),
        "Controlled drugs": ("has_unwitnessed_nights", "also_controlled"),
        "After a death": ("death_hold_days",),
    }
    window_minutes = _number("Minutes before and after its time that a dose is on time", 15, 240)
    close_after_minutes = _number(
        "Minutes until an unanswered dose is written down as not recorded",
        30,
        2880,
        "Counted from the end of its time.",
    )
    refusal_days = _number("Days of refusals in a row before the GP is told", 1, 14)
    critical_atc_codes = forms.CharField(
        label="Critical medicines, by ATC code", required=False, max_length=400,
        help_text="The first dose refused or missed is told to the GP. Codes with spaces between, such as B01AA A10A.",
    )  # fmt: skip
    homely_remedy_hours = _number("Hours of a homely remedy before the GP is asked", 1, 168)
    prn_unused_days = _number("Days unused before a when-required medicine is reviewed", 1, 365)
    prn_daily_days = _number("Days running of use before it is reviewed", 1, 60)
    has_unwitnessed_nights = forms.BooleanField(
        label="At night a controlled drug may be given without a second person; a manager reviews each time",
        required=False,
    )
    also_controlled = words_field(
        "Medicines that the home treats as controlled drugs beyond the law", required=False,
        help_text="One on each line, by the name in the dictionary of medicines.",
    )  # fmt: skip
    death_hold_days = _number("Days that medicines are kept after a death", 0, 60)

    def clean_critical_atc_codes(self) -> list[str]:
        """Return the codes, each a group or a substance of the ATC."""
        found = self.cleaned_data["critical_atc_codes"].upper().replace(",", " ").split()
        if wrong := [code for code in found if not (code.isalnum() and code[0].isalpha() and len(code) <= 7)]:
            raise ValidationError(f"{wrong[0]} is not an ATC code")
        return found

    def clean_also_controlled(self) -> list[str]:
        """Return the ids of the medicines named; each line must name one."""
        found = []
        for name in filter(None, (line.strip() for line in self.cleaned_data["also_controlled"].splitlines())):
            named = [each for each in medicines.search(name) if each.name.casefold() == name.casefold()]
            if not named:
                raise ValidationError(f"The dictionary has no “{name}”. Write it as a prescription shows it.")
            found.append(named[0].pk)
        return found


class LettersForm(DeskForm):
    """The letters that this home prints, where they are not the usual ones."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for word, usual in LETTERS.items():
            if word != "not_recorded":
                self.fields[word] = forms.CharField(
                    label=OUTCOMES[word].label, max_length=3, required=False, help_text=f"Usually {usual}"
                )
                self.fields[word].widget.attrs["class"] = "nhsuk-input nhsuk-input--width-4"

    def clean(self) -> dict[str, Any]:
        """Refuse one letter for two outcomes: a chart must say one thing."""
        said = super().clean() or self.cleaned_data
        meant: dict[str, str] = {}
        for word in self.fields:
            shown = (said.get(word) or LETTERS[word]).upper()
            if shown in meant:
                self.add_error(word, f"{shown} stands for “{OUTCOMES[meant[shown]].label}” as well")
            meant.setdefault(shown, word)
        return said

    def letters(self) -> dict[str, str]:
        """Return the letters that differ from the usual ones."""
        return {
            word: said.upper() for word, said in self.cleaned_data.items() if said and said.upper() != LETTERS[word]
        }


class ContactForm(DeskForm):
    """Whom to ring when controlled drugs do not add up."""

    sections = {role: (f"{key}_name", f"{key}_telephone") for role, key in CONTACTS}

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for _, key in CONTACTS:
            for part, label in (("name", "Name"), ("telephone", "Telephone")):
                field = forms.CharField(label=label, max_length=200, required=False)
                field.widget.attrs["class"] = "nhsuk-input"
                self.fields[f"{key}_{part}"] = field

    def contacts(self) -> list[dict[str, str]]:
        """Return the card, without roles for which nothing is known."""
        said = self.cleaned_data
        card = [
            {"role": role, "name": said[f"{key}_name"], "telephone": said[f"{key}_telephone"]} for role, key in CONTACTS
        ]
        return [each for each in card if each["name"] or each["telephone"]]


@for_roles(MANAGERS)
@require_http_methods(["GET"])
def policy_page(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Show everything that the home decides for itself."""
    now = timezone.now()
    kept = queries.policy_of(here.home_id)
    context = {
        "policy": kept,
        "also_controlled": queries.medicine_names(kept.also_controlled),
        "rounds": queries.rounds_of(here.home_id, local_day(now)),
        "practices": queries.practices(here.home_id),
        "pharmacies": queries.pharmacies(here.home_id),
        "letters": [(OUTCOMES[word].label, letter) for word, letter in kept.letters.items()],
        "today": local_day(now),
    }
    return render(request, "policy/policy.html", context)


def _changed(request: HttpRequest, here: HomeOfStaff, **fields: Any) -> None:
    kept = queries.policy_of(here.home_id)
    names = operations.Policy.__dataclass_fields__
    whole = operations.Policy(**{name: fields.get(name, getattr(kept, name)) for name in names})
    operations.change_policy(home_id=here.home_id, policy=whole, by=request.user.pk, at=timezone.now())
    messages.success(request, "The policy is changed. The log keeps what stood there before.")


@for_roles(MANAGERS)
@require_http_methods(["GET", "POST"])
def change_policy(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Change the home's figures."""
    kept = queries.policy_of(here.home_id)
    initial = {name: getattr(kept, name) for name in PolicyForm.base_fields}
    initial["critical_atc_codes"] = " ".join(kept.critical_atc_codes)
    initial["also_controlled"] = "\n".join(queries.medicine_names(kept.also_controlled))
    form = PolicyForm(**data_of(request), initial=initial)
    if is_done(request, form, lambda said: _changed(request, here, **said)):
        return redirect("web:policy")
    return _policy_form(request, form, "Change the figures")


@for_roles(MANAGERS)
@require_http_methods(["GET", "POST"])
def change_letters(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Change the letters on the MAR."""
    form = LettersForm(**data_of(request), initial=queries.policy_of(here.home_id).letters)
    if is_done(request, form, lambda _: _changed(request, here, letters=form.letters())):
        return redirect("web:policy")
    words = "The key is printed on every chart. Leave a box empty for the usual letter."
    return _policy_form(request, form, "Letters on the MAR", words)


@for_roles(MANAGERS)
@require_http_methods(["GET", "POST"])
def change_contacts(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Change the contact card."""
    card = {each["role"]: each for each in queries.policy_of(here.home_id).contact_card}
    initial = {
        f"{key}_{part}": card.get(role, {}).get(part, "") for role, key in CONTACTS for part in ("name", "telephone")
    }
    form = ContactForm(**data_of(request), initial=initial)
    if is_done(request, form, lambda _: _changed(request, here, contact_card=form.contacts())):
        return redirect("web:policy")
    return _policy_form(request, form, "Whom to ring about controlled drugs")


def _policy_form(request: HttpRequest, form: Any, heading: str, words: str = "") -> HttpResponse:
    return form_page(request, form, heading=heading, button="Save", back=reverse("web:policy"), words=words)


class RoundForm(DeskForm):
    """A round's times from a day on."""

    starts = clock_field("Starts", help_text="When its doses fall due.")
    ends = clock_field("Should be finished by", help_text="May be past midnight.")
    from_on = day_field("From")


class NewRoundForm(DeskForm):
    """A round that the unit did not have."""

    unit = forms.TypedChoiceField(label="Unit", coerce=int)
    name = forms.CharField(label="Name", max_length=40)
    starts = clock_field("Starts", help_text="When its doses fall due.")
    ends = clock_field("Should be finished by", help_text="May be past midnight.")


@for_roles(MANAGERS)
@require_http_methods(["GET", "POST"])
def change_round(request: HttpRequest, here: HomeOfStaff, round_id: int) -> HttpResponse:
    """Give a round other times from a later day on."""
    now = timezone.now()
    found = next((each for each in queries.rounds_of(here.home_id, local_day(now)) if each.pk == round_id), None)
    if found is None or found.ends_on is not None:
        raise Http404("no such round of this home goes on")
    initial = {"starts": found.starts, "ends": found.ends, "from_on": local_day(now) + timedelta(days=1)}
    form = RoundForm(**data_of(request), initial=initial)

    def act(said: dict[str, Any]) -> None:
        operations.change_round(medicine_round=found, by=request.user.pk, at=now, **said)

    if is_done(request, form, act, {operations.DayHasPassed: "from_on"}):
        messages.success(request, f"{found.name} changes from that day on. Doses before it keep their times.")
        return redirect("web:policy")
    words = f"Doses of the past and of today keep their times: {found.starts:%H:%M} until now."
    return _policy_form(request, form, f"{found.name}, {found.unit.name}", words)


@for_roles(MANAGERS)
@require_http_methods(["GET", "POST"])
def start_round(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Give a unit another round."""
    form = NewRoundForm(**data_of(request))
    units = {each.pk: each for each in homes.units(here.home_id)}
    form.fields["unit"].choices = [(pk, each.name) for pk, each in units.items()]

    def act(said: dict[str, Any]) -> None:
        unit = units[said.pop("unit")]
        operations.start_round(unit=unit, by=request.user.pk, at=timezone.now(), **said)

    if is_done(request, form, act, {operations.RoundNameTaken: "name"}):
        messages.success(request, "The round starts tomorrow.")
        return redirect("web:policy")
    return _policy_form(request, form, "Another round")


class PlaceForm(DeskForm):
    """A surgery or a pharmacy."""

    kind = forms.ChoiceField(
        label="What is it?", widget=forms.RadioSelect, choices=[("practice", "GP practice"), ("pharmacy", "Pharmacy")]
    )
    name = forms.CharField(label="Name", max_length=200)
    telephone = forms.CharField(label="Telephone", max_length=60, required=False)
    email = forms.EmailField(label="E-mail", max_length=200, required=False, help_text="NHSmail where they have it.")


@for_roles(MANAGERS)
@require_http_methods(["GET", "POST"])
def know_place(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Write down a surgery or a pharmacy."""
    form = PlaceForm(**data_of(request))

    def act(said: dict[str, Any]) -> None:
        know = operations.know_practice if said.pop("kind") == "practice" else operations.know_pharmacy
        know(home_id=here.home_id, by=request.user.pk, at=timezone.now(), **said)

    if is_done(request, form, act):
        messages.success(request, "It can be chosen for residents now.")
        return redirect("web:policy")
    return _policy_form(
        request, form, "A surgery or pharmacy", "One of the same name gets the new telephone and e-mail."
    )
