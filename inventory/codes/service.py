"""Codes that describe a service, its organization and how people reach it."""

from inventory.codes.code import Code, code_list

A11 = "OMB Circular A-11 §280"
OURS = "Public Services Inventory"


@code_list("service_type", source=f"{A11}.4")
class ServiceType(Code):
    """The types of service that the circular names. Most services fit one; a service that fits none has none."""

    ADMINISTRATIVE = "administrative", "Administrative", "Requesting or renewing an item without a long review."
    BENEFITS = "benefits", "Benefits", "Applying for help; the agency decides who gets it and how much."
    COMPLIANCE = "compliance", "Compliance", "Doing what a law requires, such as filing, reporting or declaring."
    RECREATION = "recreation", "Recreation", "Using public places such as parks, refuges, historic sites and museums."
    INFORMATIONAL = "informational", "Informational", "Getting authoritative knowledge, warnings or recommendations."
    DATA_AND_RESEARCH = (
        "data_and_research",
        "Data and research",
        "Doing, funding, keeping or sharing research and data.",
    )
    REGULATORY = "regulatory", "Regulatory", "Learning what rules require, or reporting a violation."


@code_list("channel", source=f"{A11}.4, .7")
class Channel(Code):
    """The places where people reach a service. A digital channel can carry a service through to its end."""

    is_digital: bool

    def __init__(self, value: str, label: str, definition: str, is_digital: bool = False) -> None:
        super().__init__(value, label, definition)
        self.is_digital = is_digital

    WEBSITE = "website", "Website", "A site used in a browser, on a computer or a phone.", True
    MOBILE_APP = "mobile_app", "Mobile app", "An application installed on a phone or tablet.", True
    KIOSK = "kiosk", "Public access kiosk", "A self-service terminal in a public place.", True
    LIVE_CHAT = "live_chat", "Live chat", "Typed conversation with a person on a site or in an app.", True
    CHATBOT = "chatbot", "Chatbot", "Typed or spoken conversation with a program.", True
    SMS = "sms", "Text message", "Text messages that the customer can answer.", True
    SOCIAL_MEDIA = "social_media", "Social media", "An account of the agency on a social network.", True
    OTHER_DIGITAL = "other_digital", "Other digital", "A digital channel that no other code covers.", True
    IN_PERSON_SERVICE_CENTER = (
        "in_person_service_center",
        "In person at a service center",
        "Face to face in an office the agency runs, such as a county or field office.",
    )
    IN_PERSON_OTHER = "in_person_other", "In person elsewhere", "Face to face at another place, such as a post office."
    PHONE = "phone", "Phone", "A call that a person answers."
    AUTOMATED_PHONE = "automated_phone", "Automated phone", "A call that a recorded menu or a program answers."
    POSTAL_MAIL = "postal_mail", "Postal mail", "Letters, forms or parcels sent by mail."
    PAPER = "paper", "Paper", "Paper forms handed over or displayed, not mailed."
    FAX = "fax", "Fax", "Documents sent by fax."
    EMAIL = "email", "Email", "Messages by email. It carries a request but does not complete a service by itself."
    OTHER_TRADITIONAL = "other_traditional", "Other traditional", "A traditional channel that no other code covers."


@code_list("supports", source=OURS)
class Support(Code):
    """What a customer can do through a channel."""

    INFORMATION = "information", "Get information", "Read or hear about the service."
    APPLY = "apply", "Apply", "Start a request, an application or a filing."
    PAY = "pay", "Pay", "Pay a fee, a tax or a debt."
    TRACK = "track", "Track", "See how far a request has come."
    COMPLETE = "complete", "Complete", "Carry the service through to its outcome."


@code_list("role", source=f"{A11}.4")
class Role(Code):
    """Who does a task in delivering the service."""

    CONCIERGE = "concierge", "Concierge", "Welcomes customers and leads them to the right place."
    FIELD_OFFICE_EMPLOYEE = "field_office_employee", "Field office employee", "Serves customers in a local office."
    AUDITOR = "auditor", "Auditor", "Examines records or accounts."
    CHAT_BOT = "chat_bot", "Chat bot", "A program that answers customers."
    CALL_CENTER_AGENT = "call_center_agent", "Call center agent", "Answers calls, chats or messages."
    CASE_WORKER = "case_worker", "Case worker", "Follows one customer's case from step to step."
    ADJUDICATOR = "adjudicator", "Adjudicator", "Decides a claim, an application or an appeal."
    INSPECTOR = "inspector", "Inspector", "Checks people, goods or places on site."
    CLINICIAN = "clinician", "Clinician", "Gives health care."
    PARTNER_STAFF = "partner_staff", "Partner staff", "Works for another organization that takes part in the service."
    CONTRACTOR = "contractor", "Contractor", "Works under a contract with the agency."
    SELF_SERVICE_CUSTOMER = "self_service_customer", "Self-service customer", "The customer does the task alone."
    OTHER = "other", "Other role", "A role that no other code covers."


@code_list("performer", source=f"{A11}.4")
class Performer(Code):
    """Whether people or programs do a task."""

    HUMAN = "human", "Human", "People do it."
    AUTOMATED = "automated", "Automated", "A program does it."
    HYBRID = "hybrid", "Hybrid", "People and programs do it together."


@code_list("tool", source=f"{A11}.4")
class Tool(Code):
    """The technology a service is built from."""

    IDENTITY_VERIFICATION = "identity_verification", "Identity verification", "Proves who the customer is."
    MOBILE_RESPONSIVE_WEBSITE = (
        "mobile_responsive_website",
        "Mobile-responsive website",
        "A site that fits every screen size.",
    )
    NOTIFICATION_PLATFORM = (
        "notification_platform",
        "Notification platform",
        "Sends messages about a case or a service.",
    )
    ONLINE_FORM = "online_form", "Online form", "Takes an application or a report on the web."
    PAYMENTS = "payments", "Payments", "Takes or makes payments."
    SCHEDULING = "scheduling", "Scheduling", "Books appointments or visits."
    CASE_MANAGEMENT = "case_management", "Case management", "Keeps the record of each case."
    DOCUMENT_UPLOAD = "document_upload", "Document upload", "Takes files from customers."
    E_SIGNATURE = "e_signature", "Electronic signature", "Lets customers sign without paper."
    CONTACT_CENTER_PLATFORM = "contact_center_platform", "Contact center platform", "Routes calls, chats and messages."
    TELEPHONY_IVR = "telephony_ivr", "Telephone menu (IVR)", "Answers calls with recorded choices."
    LANGUAGE_ACCESS = "language_access", "Language access", "Interprets or translates for customers."
    ANALYTICS = "analytics", "Analytics", "Measures how the service is used."
    SURVEY_PLATFORM = "survey_platform", "Survey platform", "Asks customers about their experience."
    OTHER = "other", "Other tool", "A tool that no other code covers."


@code_list("customer_type", source=f"{A11}.2")
class CustomerType(Code):
    """Who a service is for."""

    INDIVIDUAL = "individual", "Individual", "A person acting for themselves or their family."
    BUSINESS = "business", "Business", "A company or a self-employed person."
    NONPROFIT = "nonprofit", "Nonprofit", "An organization that does not work for profit."
    GRANTEE = "grantee", "Grantee", "An organization that holds a federal grant."
    STATE_GOVERNMENT = "state_government", "State government", "A state or territory."
    LOCAL_GOVERNMENT = "local_government", "Local government", "A county, city or other municipality."
    TRIBAL_GOVERNMENT = "tribal_government", "Tribal government", "A government of a tribal nation."
    FEDERAL_EMPLOYEE = "federal_employee", "Federal employee", "A public servant dealing with a federal process."
    OTHER = "other", "Other customer", "A customer that no other code covers."


@code_list("life_event", source="OMB designated life experiences; Public Services Inventory")
class LifeEvent(Code):
    """The event in life that brings a customer to the service."""

    RETIREMENT = "retirement", "Approaching retirement", "Leaving work for retirement."
    DISASTER = "disaster", "Recovering from a disaster", "Losing home, health or income in a disaster."
    FINANCIAL_SHOCK = "financial_shock", "Facing a financial shock", "Losing income and needing help at once."
    MILITARY_TRANSITION = "military_transition", "Leaving the military", "Moving from service to civilian life."
    BIRTH_AND_EARLY_CHILDHOOD = (
        "birth_and_early_childhood",
        "Having a child and early childhood",
        "Expecting a child, giving birth and raising a young child.",
    )
    STARTING_OR_RUNNING_A_BUSINESS = (
        "starting_or_running_a_business",
        "Starting or running a business",
        "Founding, financing or operating a business or farm.",
    )
    EDUCATION = "education", "Education", "Learning, or paying for it."
    EMPLOYMENT = "employment", "Employment", "Finding, holding or losing a job."
    HEALTH = "health", "Health", "Falling ill, staying well, getting health coverage."
    HOUSING = "housing", "Housing", "Finding, buying or keeping a home."
    TRAVEL = "travel", "Travel", "Going somewhere, at home or abroad."
    IMMIGRATION = "immigration", "Immigration", "Coming to the country, staying, becoming a citizen."
    DEATH_OF_A_LOVED_ONE = "death_of_a_loved_one", "Death of a loved one", "Settling affairs after a death."
    TAXES = "taxes", "Taxes", "Filing, paying or disputing taxes."
    FOOD_SECURITY = "food_security", "Food security", "Being able to buy or find enough food."
    NONE = "none", "No life event", "The need does not come from an event in life."


@code_list("offering_type", source=f"{A11}.4")
class OfferingType(Code):
    """What a customer has in hand when the service is done."""

    DOCUMENT_OR_PERMIT = "document_or_permit", "Document or permit", "A passport, card, license, certificate or permit."
    MONEY = "money", "Money", "A payment, benefit, refund or grant."
    LOAN = "loan", "Loan", "Money to be paid back, or a guarantee of it."
    PHYSICAL_GOOD = "physical_good", "Physical good", "A thing handed over or sent."
    CARE_OR_TREATMENT = "care_or_treatment", "Care or treatment", "Health care or counseling."
    ACCESS_OR_ENTRY = "access_or_entry", "Access or entry", "Being let in: a park, a border, a flight, a system."
    DECISION_OR_RULING = "decision_or_ruling", "Decision or ruling", "A formal, binding answer."
    INFORMATION = "information", "Information", "An answer, guidance or a warning."
    DATA = "data", "Data", "Data or research results."
    ASSISTANCE = "assistance", "Assistance", "Help from people to get something done."
    OBLIGATION_FULFILLED = "obligation_fulfilled", "Obligation fulfilled", "A duty fulfilled, such as a tax paid."
    OTHER = "other", "Other offering", "An offering that no other code covers."


@code_list("not_digital_reason", source=f"{A11}.5")
class NotDigitalReason(Code):
    """Why a service is not offered through any digital channel."""

    LAW_REQUIRES_PRESENCE = "law_requires_presence", "Law requires presence", "A law requires coming in person."
    LAW_REQUIRES_PAPER_OR_SIGNATURE = (
        "law_requires_paper_or_signature",
        "Law requires paper or signature",
        "A law requires paper or a handwritten signature.",
    )
    IDENTITY_PROOFING = "identity_proofing", "Identity proofing", "Identity cannot yet be verified online."
    PHYSICAL_ACT = "physical_act", "Physical act", "The service is an act on a person, thing or place."
    SECURITY_OR_PRIVACY = "security_or_privacy", "Security or privacy", "The risk to people or systems is too great."
    LEGACY_SYSTEM = "legacy_system", "Legacy system", "The system behind the service cannot be opened to the web."
    COST_OR_FUNDING = "cost_or_funding", "Cost or funding", "There is no money for it."
    LOW_VOLUME = "low_volume", "Low volume", "Too few people use the service."
    CUSTOMER_ACCESS = "customer_access", "Customer access", "The customers cannot get online."
    PARTNER_DEPENDENCY = "partner_dependency", "Partner dependency", "The service depends on another organization."
    OTHER = "other", "Other reason", "A reason that no other code covers."


@code_list("volume_kind", source=OURS)
class VolumeKind(Code):
    """What a yearly figure counts."""

    INTERACTIONS = "interactions", "Interactions", "Contacts of any kind."
    APPLICATIONS = "applications", "Applications", "Requests, applications or filings received."
    ENQUIRIES = "enquiries", "Enquiries", "Questions received."
    VISITS = "visits", "Visits", "Visits to a site or a place."
    CALLS = "calls", "Calls", "Telephone calls received."
    COMPLETIONS = "completions", "Completions", "Services carried through to their outcome."


@code_list("organization_kind", source=OURS)
class OrganizationKind(Code):
    """The place of an organization in government."""

    DEPARTMENT = "department", "Department", "A Cabinet department."
    AGENCY = "agency", "Agency", "An independent agency."
    BUREAU = "bureau", "Bureau", "A bureau, administration or service within a department or agency."
    OFFICE = "office", "Office", "An office within a bureau, department or agency."
    MULTI_AGENCY = "multi_agency", "Multi-agency", "Several agencies acting together."


@code_list("succession", source=OURS)
class Succession(Code):
    """How a service came from an earlier one."""

    RENAMED = "renamed", "Renamed", "The same service under a new name."
    MERGED = "merged", "Merged", "Several services became this one."
    SPLIT = "split", "Split", "One service became several, of which this is one."
