"""Who somebody is: admitting them, and changing details, photograph, allergies and weight later."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from uuid_utils.compat import uuid7

from emar.operations import residents as operations
from emar.picture_header import MOST_BYTES, ImageRefused
from emar.queries import allergies as known_allergies
from emar.queries import homes, plans, policy, residents
from emar.queries.homes import HomeOfStaff
from emar.rules.nhs_numbers import NhsNumberWrong
from emar.rules.wall_clock import local_day
from web.access import SENIORS, WORKING, for_roles
from web.desk_form import ActForm, DeskForm, banner, data_of, day_field, form_page, is_done, words_field
from web.pages.residents import resident_or_404

DRINK_LEVELS = [("", "Not assessed"), *((str(n), f"{n}: {word}") for n, word in enumerate(
    ("Thin", "Slightly thick", "Mildly thick", "Moderately thick", "Extremely thick")))]  # fmt: skip
FOOD_LEVELS = [("", "Not assessed"), ("3", "3: Liquidised"), ("4", "4: Pureed"), ("5", "5: Minced and moist"),
               ("6", "6: Soft and bite-sized"), ("7", "7: Regular or easy to chew")]  # fmt: skip
PHOTO_WORDS = "JPEG, PNG or WebP, face to the camera. It is made small, and nothing else in the file is kept."


def substance_field(label: str, **options: Any) -> forms.CharField:
    """Return a field that offers classes of medicines and dm+d's substances while somebody types."""
    asks = {
        "list": "allergy-names", "autocomplete": "off", "hx-get": reverse_lazy("web:allergy_names"),
        "hx-trigger": "input changed delay:300ms", "hx-target": "#allergy-names-words", "hx-sync": "this:replace",
    }  # fmt: skip
    return forms.CharField(label=label, max_length=200, widget=forms.TextInput(attrs=asks), **options)


class PersonForm(DeskForm):
    """Who somebody is and how they live here."""

    sections = {
        "Where": ("unit", "room", "corridor_order"),
        "Health": ("conditions", "drink_level", "food_level", "swallowing_words"),
        "How I take my medicines": ("how_i_take",),
        "Surgery and pharmacy": ("gp_practice", "pharmacy"),
    }
    full_name = forms.CharField(label="Full name", max_length=200)
    preferred_name = forms.CharField(label="Likes to be called", max_length=100)
    born_on = day_field("Date of birth")
    nhs_number = forms.CharField(
        label="NHS number", required=False, max_length=20, help_text="10 digits, on any letter from the NHS."
    )
    unit = forms.TypedChoiceField(label="Unit", coerce=int)
    room = forms.CharField(label="Room", max_length=40)
    corridor_order = forms.IntegerField(
        label="Place along the corridor", required=False, min_value=0, max_value=9999,
        help_text="The order in which a round passes the rooms: 1, 2, 3 …",
    )  # fmt: skip
    conditions = words_field("Conditions", required=False, help_text="One on each line.")
    drink_level = forms.TypedChoiceField(
        label="IDDSI level of drinks", choices=DRINK_LEVELS, required=False, coerce=int, empty_value=None
    )
    food_level = forms.TypedChoiceField(
        label="IDDSI level of food", choices=FOOD_LEVELS, required=False, coerce=int, empty_value=None
    )
    swallowing_words = words_field(
        "Swallowing", required=False, rows=2, help_text="What helps, and what must not be tried."
    )
    how_i_take = words_field(
        "In the person’s own words", required=False, help_text="For example: one at a time, with yoghurt, after tea."
    )
    gp_practice = forms.TypedChoiceField(label="GP practice", required=False, coerce=int, empty_value=None)
    pharmacy = forms.TypedChoiceField(label="Pharmacy", required=False, coerce=int, empty_value=None)

    def __init__(self, *arguments: Any, home_id: int, **options: Any) -> None:
        super().__init__(*arguments, **options)
        units = homes.units(home_id)
        self.fields["unit"].choices = [(each.pk, each.name) for each in units]
        for name, known in (("gp_practice", policy.practices(home_id)), ("pharmacy", policy.pharmacies(home_id))):
            self.fields[name].choices = [("", "Not known"), *((each.pk, each.name) for each in known)]

    def clean_born_on(self) -> Any:
        """Refuse a day that is still to come."""
        born_on = self.cleaned_data["born_on"]
        if born_on > local_day(timezone.now()):
            raise forms.ValidationError("The date of birth must be in the past")
        return born_on

    def person(self) -> operations.Person:
        """Return who was described."""
        said = self.cleaned_data
        return operations.Person(
            full_name=said["full_name"],
            preferred_name=said["preferred_name"],
            born_on=said["born_on"],
            room=said["room"],
            nhs_number=said["nhs_number"],
            how_i_take=said["how_i_take"],
            corridor_order=said["corridor_order"] or 0,
            gp_practice_id=said["gp_practice"],
            pharmacy_id=said["pharmacy"],
            conditions=[each.strip() for each in said["conditions"].splitlines() if each.strip()],
            drink_level=said["drink_level"],
            food_level=said["food_level"],
            swallowing_words=said["swallowing_words"],
        )


class AdmissionForm(PersonForm):
    """Everything that is asked of somebody on the day they come."""

    sections = {
        **PersonForm.sections,
        "Allergies": ("allergies", "substance", "reaction"),
        "Photograph and weight": ("photo", "kg"),
    }
    allergies = forms.ChoiceField(
        label="Allergies and sensitivities",
        widget=forms.RadioSelect,
        choices=[
            ("recorded", "There are some"),
            ("none_known", "None known: I have asked"),
            ("not_recorded", "Nobody could say yet"),
        ],
    )
    asks_while_typing = True
    substance = substance_field(
        "What must they not have?", required=False,
        help_text="A medicine or a class, such as penicillin or NSAIDs. More can be added afterwards.",
    )  # fmt: skip
    reaction = forms.CharField(label="What happens when they have it?", required=False, max_length=400)
    photo = forms.FileField(label="Photograph", required=False, help_text=PHOTO_WORDS)
    kg = forms.DecimalField(
        label="Weight in kg", required=False, min_value=1, max_value=400, max_digits=5, decimal_places=2
    )

    def clean(self) -> dict[str, Any]:
        """Ask for the allergy and its reaction where there is one."""
        said = super().clean() or self.cleaned_data
        if said.get("allergies") == "recorded":
            if not said.get("substance"):
                self.add_error("substance", "Enter what they must not have")
            if not said.get("reaction"):
                self.add_error("reaction", "Enter what happens when they have it, or that it is not known")
        return said


@for_roles(SENIORS)
@require_http_methods(["GET", "POST"])
def admit(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Admit a resident, and go on to the medicines they brought."""
    form = AdmissionForm(**data_of(request), home_id=here.home_id)
    admitted: list[Any] = []

    def act(said: dict[str, Any]) -> None:
        now = timezone.now()
        unit = next(each for each in homes.units(here.home_id) if each.pk == said["unit"])
        # A photograph that cannot be kept must not leave a resident admitted without the rest.
        with transaction.atomic():
            resident = operations.admit(person=form.person(), unit=unit, by=request.user.pk, at=now)
            if said["allergies"] == "recorded":
                operations.record_allergy(
                    resident=resident, substance=said["substance"], reaction=said["reaction"],
                    ingredient_id=residents.ingredient_named(said["substance"]), by=request.user.pk, at=now,
                )  # fmt: skip
            elif said["allergies"] == "none_known":
                operations.state_no_known_allergies(resident=resident, by=request.user.pk, at=now)
            if said["kg"] is not None:
                operations.record_weight(
                    resident=resident, weight_id=uuid7(), kg=said["kg"], measured_on=local_day(now),
                    by=request.user.pk, at=now,
                )  # fmt: skip
            if said["photo"] is not None:
                _keep_photo(resident, said["photo"], request.user.pk)
        admitted.append(resident)

    refusals = {NhsNumberWrong: "nhs_number", operations.NumberTaken: "nhs_number", ImageRefused: "photo"}
    if is_done(request, form, act, refusals):
        [resident] = admitted
        messages.success(request, f"{resident.full_name} is admitted. Now write down the medicines as they came.")
        return redirect(f"{reverse('web:reconcile', args=[resident.pk])}?occasion=admission")
    return form_page(
        request, form, heading="Admit a resident", button="Admit and go on to medicines", back=reverse("web:residents")
    )


@for_roles(SENIORS)
@require_http_methods(["GET", "POST"])
def change_details(request: HttpRequest, here: HomeOfStaff, resident_id: int) -> HttpResponse:
    """Change what is written about a resident; the log keeps what stood there before."""
    line = resident_or_404(request, here, resident_id, "details")
    form = PersonForm(**data_of(request), home_id=here.home_id, initial=_as_typed(line.resident))

    def act(said: dict[str, Any]) -> None:
        unit = next(each for each in homes.units(here.home_id) if each.pk == said["unit"])
        operations.change_details(
            resident=line.resident, person=form.person(), unit=unit, by=request.user.pk, at=timezone.now()
        )

    if is_done(request, form, act, {NhsNumberWrong: "nhs_number", operations.NumberTaken: "nhs_number"}):
        messages.success(request, "The details are changed.")
        return redirect("web:resident", resident_id)
    return form_page(
        request, form, heading="Change details", button="Save", back=reverse("web:resident", args=[resident_id]),
        line=line,
    )  # fmt: skip


def _as_typed(resident: Any) -> dict[str, Any]:
    return {
        "full_name": resident.full_name,
        "preferred_name": resident.preferred_name,
        "born_on": resident.born_on,
        "nhs_number": resident.nhs_number or "",
        "unit": resident.unit_id,
        "room": resident.room,
        "corridor_order": resident.corridor_order,
        "conditions": "\n".join(resident.conditions),
        "drink_level": resident.drink_level,
        "food_level": resident.food_level,
        "swallowing_words": resident.swallowing_words,
        "how_i_take": resident.how_i_take,
        "gp_practice": resident.gp_practice_id,
        "pharmacy": resident.pharmacy_id,
    }


class PhotoForm(DeskForm):
    """A photograph of a resident."""

    photo = forms.FileField(label="Photograph", help_text=PHOTO_WORDS)


@for_roles(WORKING)
@require_http_methods(["GET", "POST"])
def change_photo(request: HttpRequest, here: HomeOfStaff, resident_id: int) -> HttpResponse:
    """Put a new photograph of a resident in the record."""
    line = resident_or_404(request, here, resident_id, "photo")
    form = PhotoForm(**data_of(request))

    def act(said: dict[str, Any]) -> None:
        _keep_photo(line.resident, said["photo"], request.user.pk)

    if is_done(request, form, act, {ImageRefused: "photo"}):
        messages.success(request, "The new photograph is in the record and goes to the trolleys’ devices.")
        return redirect("web:resident", resident_id)
    return form_page(
        request, form, heading="Photograph", button="Keep this photograph",
        back=reverse("web:resident", args=[resident_id]), line=line,
    )  # fmt: skip


def _keep_photo(resident: Any, file: Any, by: int) -> None:
    # One byte more than is allowed shows that a file is too large, however large it is.
    operations.keep_photo(resident=resident, image_bytes=file.read(MOST_BYTES + 1), by=by, at=timezone.now())


class AllergyForm(DeskForm):
    """One allergy or sensitivity, with its reaction."""

    asks_while_typing = True
    substance = substance_field(
        "What must they not have?", help_text="A medicine or a class, such as penicillin, NSAIDs or statins."
    )
    reaction = forms.CharField(
        label="What happens when they have it?", max_length=400, help_text="Write “not known” when nobody can say."
    )


@for_roles(SENIORS)
@require_http_methods(["GET", "POST"])
def allergies(request: HttpRequest, here: HomeOfStaff, resident_id: int) -> HttpResponse:
    """Show a resident's allergies, and record another."""
    line = resident_or_404(request, here, resident_id, "allergies")
    form = AllergyForm(**data_of(request))

    recorded: list[Any] = []

    def act(said: dict[str, Any]) -> None:
        recorded.append(operations.record_allergy(
            resident=line.resident, substance=said["substance"], reaction=said["reaction"],
            ingredient_id=residents.ingredient_named(said["substance"]), by=request.user.pk, at=timezone.now(),
        ))  # fmt: skip

    if is_done(request, form, act, {operations.ReactionMissing: "reaction"}):
        by_eye = f" {recorded[0].substance} is not checked by the system: check by eye."
        is_checked = known_allergies.meaning(recorded[0]).is_checked
        messages.success(
            request,
            "The allergy is recorded, and goes to the trolleys’ devices." + ("" if is_checked else by_eye),
        )
        return redirect("web:allergies", resident_id)
    return form_page(
        request, form, heading="Allergies", button="Record this allergy",
        back=reverse("web:resident", args=[resident_id]), line=line, template="admission/allergies.html",
        withdrawn=residents.withdrawn_allergies(here.home_id, resident_id),
    )  # fmt: skip


@for_roles(SENIORS)
@require_GET
def allergy_names(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Offer names of classes and substances like the words typed so far, and say what the words mean to the system."""
    words = request.GET.get("substance", "")[:200].strip()
    shown = {
        "words": words,
        "offered": known_allergies.offered(words),
        "meaning": known_allergies.meaning_of_words(words, residents.ingredient_named(words)) if words else None,
    }
    return render(request, "admission/allergy_names.html", shown)


@for_roles(SENIORS)
@require_POST
def no_known_allergies(request: HttpRequest, here: HomeOfStaff, resident_id: int) -> HttpResponse:
    """Put the signed-in person's name under "no known allergies"."""
    line = resident_or_404(request, here, resident_id, "allergies")
    if not line.allergies.recorded:
        operations.state_no_known_allergies(resident=line.resident, by=request.user.pk, at=timezone.now())
        messages.success(request, "It is written down that you asked and that none are known.")
    return redirect("web:allergies", resident_id)


@for_roles(SENIORS)
@require_POST
def withdraw_allergy(request: HttpRequest, here: HomeOfStaff, resident_id: int, allergy_id: int) -> HttpResponse:
    """Say that an allergy was recorded in error."""
    line = resident_or_404(request, here, resident_id, "allergies")
    allergy = next((each for each in line.allergies.recorded if each.pk == allergy_id), None)
    if allergy is None:
        raise Http404("no such allergy of this resident stands")
    operations.withdraw_allergy(allergy=allergy, by=request.user.pk, at=timezone.now())
    messages.success(request, f"{allergy.substance} no longer counts as an allergy.")
    return redirect("web:allergies", resident_id)


class WeightForm(ActForm):
    """What somebody weighs."""

    kg = forms.DecimalField(label="Weight in kg", min_value=1, max_value=400, max_digits=5, decimal_places=2)
    measured_on = day_field("Weighed on")


@for_roles(WORKING)
@require_http_methods(["GET", "POST"])
def weight(request: HttpRequest, here: HomeOfStaff, resident_id: int) -> HttpResponse:
    """Show what a resident weighed, and record another weight."""
    line = resident_or_404(request, here, resident_id, "weight")
    now = timezone.now()
    form = WeightForm(**data_of(request), initial={"measured_on": local_day(now)})

    def act(said: dict[str, Any]) -> None:
        operations.record_weight(
            resident=line.resident, weight_id=said["id"], kg=said["kg"], measured_on=said["measured_on"],
            by=request.user.pk, at=now,
        )  # fmt: skip

    if is_done(request, form, act):
        messages.success(request, "The weight is recorded.")
        return redirect("web:weight", resident_id)
    context = {
        "form": form, "heading": "Weight", "button": "Record this weight",
        "back": reverse("web:resident", args=[resident_id]), "weights": plans.weights(here.home_id, resident_id),
    }  # fmt: skip
    return render(request, "admission/weight.html", context | banner(line, now))
