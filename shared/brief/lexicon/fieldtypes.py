"""From the last words of a property's name to its type. Longer endings are tried first."""

from __future__ import annotations

from shared.brief.lexicon.bag import bag
from shared.model import FieldType

TypeName = FieldType
ENDINGS: dict[str, TypeName] = {
    **dict.fromkeys(bag("email e_mail email_address mail_address"), "email"),
    **dict.fromkeys(
        bag("""phone phone_number telephone mobile_number mobile fax phone_no telephone_number contact_number cell"""),
        "phone",
    ),
    **dict.fromkeys(bag("url link website homepage web_address uri web_site webpage"), "url"),
    **dict.fromkeys(
        bag("date date_of_birth date_of_death birthday dob deadline expiry expiration day due birth_date birthdate anniversary"), "date"
    ),
    **dict.fromkeys(
        bag(
            """datetime timestamp starts_at ends_at start_time end_time arrival_time departure_time date_and_time pickup_time check_in
    check_out scheduled_time time_slot"""
        ),
        "datetime",
    ),
    **dict.fromkeys(bag("time opening_time closing_time start end"), "time"),
    **dict.fromkeys(
        bag(
            """price cost amount fee salary budget balance rent wage revenue deposit premium fare tax subtotal total charge turnover payment
    value compensation allowance bonus"""
        ),
        "money",
    ),
    **dict.fromkeys(
        bag(
            """quantity count age capacity stock duration year size_in_bytes level points credits copies floor rating position rank
    priority_number stock_level attempts score headcount population minutes hours days weeks months years rooms bedrooms
    bathrooms seats pages guests inventory_count number_of_days age_in_years grade_level volume_number sequence lead_time runtime
    delay"""
        ),
        "integer",
    ),
    **dict.fromkeys(
        bag(
            """weight height length width depth distance temperature area volume latitude longitude percentage percent ratio rate discount
    speed altitude pressure humidity density radius diameter thickness consumption reading gravity concentration ph probability
    power energy voltage radiation elevation"""
        ),
        "decimal",
    ),
    **dict.fromkeys(
        bag(
            """description note notes comment content body bio biography summary details instructions message remarks remark reason text
    abstract feedback requirements terms conditions observations outcome_notes specification specifications explanation agenda
    transcript overview background findings"""
        ),
        "text",
    ),
    **dict.fromkeys(
        bag("""image photo picture avatar logo file document attachment scan pdf icon thumbnail recording screenshot"""),
        "file",
    ),
    **dict.fromkeys(bag("metadata settings preferences config configuration payload json coordinates location_data"), "json"),
    **dict.fromkeys(
        bag("""active enabled available verified archived published flag completed featured approved paid consent"""),
        "boolean",
    ),
}
# A word in parentheses or behind a colon that states the type itself.
TYPE_WORDS: dict[str, TypeName] = {
    "string": "string",
    "str": "string",
    "varchar": "string",
    "char": "string",
    "text": "text",
    "longtext": "text",
    "integer": "integer",
    "int": "integer",
    "bigint": "integer",
    "number": "integer",
    "numeric": "decimal",
    "decimal": "decimal",
    "float": "decimal",
    "double": "decimal",
    "money": "money",
    "currency": "money",
    "boolean": "boolean",
    "bool": "boolean",
    "yes/no": "boolean",
    "true/false": "boolean",
    "flag": "boolean",
    "date": "date",
    "datetime": "datetime",
    "timestamp": "datetime",
    "time": "time",
    "uuid": "uuid",
    "guid": "uuid",
    "email": "email",
    "phone": "phone",
    "url": "url",
    "uri": "url",
    "json": "json",
    "file": "file",
    "image": "file",
    "enum": "enum",
}
PREFIXES = ("is_", "has_", "can_", "was_", "needs_", "allows_", "requires_", "accepts_", "should_")
# In the plural still a property of what they stand beside: "ingredients with quantities", "compartments of different sizes".
MEASURES = bag(
    """quantity amount date time price cost weight height length width depth size duration age rate percentage temperature hour price
    severity priority"""
)
COUNTING = bag("max maximum min minimum number total free remaining available")
UNIQUE = bag("sku isbn vin barcode serial_number ean upc iban slug")
FILE_WORDS = bag("attachment image photo picture file document scan screenshot logo avatar")
PLURAL_TEXT = bag(
    """notes details instructions requirements remarks terms conditions comments_text observations preferences settings
    specifications findings symptoms allergies benefits keywords interests directions contents qualifications responsibilities
    coordinates dimensions measurements highlights goals objectives features amenities contacts credentials languages"""
)
PLURAL_COUNT = bag(
    """seats pages points credits copies bedrooms bathrooms guests hours days weeks months years minutes calories floors views likes
    attempts units"""
)
PERSONAL = bag(
    """email e_mail phone phone_number mobile telephone address street city postcode zip zip_code postal_code date_of_birth dob
    birthday birth_date birthdate first_name last_name surname full_name middle_name nationality gender sex passport
    passport_number national_id ssn social_security_number tax_id tax_number salary wage iban_holder emergency_contact
    marital_status ip_address latitude longitude driver_license license_number home_address email_address religion ethnicity
    contact_number contact_details"""
)
HEALTH = bag(
    """diagnosis symptom symptoms medication medications allergy allergies blood_type blood_group medical_history treatment_plan
    health_status vaccination vaccinations dosage dose medical_notes lab_result test_result immunization heart_rate
    blood_pressure disability"""
)
CARD = bag("""card_number cvv cvc pan card_holder cardholder_name card_expiry credit_card credit_card_number""")
SECRET = bag("""password passcode pin secret token api_key access_token refresh_token private_key password_hash""")

__all__ = ["CARD", "ENDINGS", "HEALTH", "PERSONAL", "PREFIXES", "SECRET", "TYPE_WORDS", "UNIQUE"]
