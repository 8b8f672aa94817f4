"""Function words, common adjectives and the generic nouns of talk about software (never of what the software is about)."""

from __future__ import annotations

from shared.brief.lexicon.bag import bag

DETERMINERS = bag(
    """a an the this that these those each every any all no its their his her my our your whose another other some both either
    neither"""
)
POSSESSIVES = bag("its their his her my our your own")
EACH = bag("each every any a an per one")
MANY = bag("""many multiple several various numerous more two three four five six lots plenty different some few""")
PRONOUNS = bag("""i we they he she it you who them us me him everyone anyone everybody anybody someone somebody nobody others themselves""")
MODALS = bag("""can may must should shall will could might would 'd 'll cannot can't won't mustn't shouldn't couldn't""")
BE = bag("is are was were be been being am isn't aren't wasn't weren't 'm 're")
HAVE = bag("has have having had hasn't haven't 've")
AUX = bag("do does did don't doesn't didn't gets get got")
PREPOSITIONS = bag(
    """in on at for by with from of to into per about under over between during against within without through via across among onto
    upon toward towards inside outside near after before behind than like as including excluding regarding concerning using until
    since containing having following plus along around beside beneath above below beyond throughout alongside amongst except besides"""
)
CONJUNCTIONS = bag("and or & nor plus and/or but")
SUBORDINATORS = bag(
    """when where which that so if because while whether once until unless whenever wherever although though since who whose"""
)
ADVERBS = bag(
    """
    also only then never always not once twice often currently already again together just later easily quickly automatically too very
    please e.g i.e etc instead therefore otherwise usually optionally respectively there here now how what why ever even still
    directly manually securely anonymously immediately maybe simply basically well finally additionally furthermore moreover further
    far where-ever today yet soon n't afterwards afterward beforehand meanwhile sometimes online offline together down away off apart
    altogether else hereby thereby nowadays perhaps thus hence anytime anywhere everywhere seldom"""
)
# Adjectives that say nothing about which thing is meant; the others stay part of a name ("medical record").
ADJECTIVES = bag(
    """new old simple small big large basic full own average total overall different various multiple several many few great good
    nice modern easy fast secure robust scalable complete whole entire main internal external available upcoming past current
    previous next last first second existing certain specific particular relevant important necessary required optional mandatory
    unique similar other same responsive online web-based cloud-based lightweight beautiful clean minimal professional custom
    individual personal private public shared local regional global weekly monthly daily annual yearly quarterly single double
    more most less least detailed short long free open closed active inactive real-time realtime high low possible valid invalid
    correct appropriate compliant user-friendly self-service production-ready rest restful digital virtual electronic automatic
    automated common typical unlimited top popular favourite favorite related assigned latest recent actual real future
    full-stack fullstack up-to-date hipaa-compliant pci-compliant gdpr-compliant pci-dss-compliant internal-facing key
    aforementioned additional extra respective recurring corresponding associated given planned pending overdue expired unpaid
    paid cancelled confirmed approved rejected unread outstanding open-source sophisticated straightforward comprehensive
    interactive dynamic tiny multi-tenant nearby sure older newer longer shorter higher lower larger smaller better
    faster cheaper optimal hourly nightly fortnightly bimonthly early elderly likely costly friendly read-only write-only"""
)
# Adjectives that are nouns behind a noun ("a grade average"), and those that tell how often ("sent monthly").
SUMS = bag("average total overall minimal double")
RHYTHMS = bag("hourly daily weekly monthly quarterly yearly annual fortnightly bimonthly nightly")
# Nouns in -able and -ly; any other unknown word in -able is an adjective, in -ly an adverb.
ABLE_NOUNS = bag(
    """table cable variable vegetable timetable constable syllable bible deliverable consumable receivable collectible wearable stable
    enable disable payable perishable crucible mandible recyclable disposable valuable"""
)
LY_NOUNS = bag(
    """family assembly supply reply anomaly butterfly ally belly jelly monopoly rally bully lily doily subfamily disassembly fly
    dragonfly firefly gadfly subassembly resupply trolly homily multiply duopoly medley"""
)
# In front of a thing's name these say which one of two is meant: "home team", "away team".
SIDES = bag("home away guest visiting source target origin sending receiving winning losing first second primary secondary other")
# Nouns that end like acts ("-ment", "-tion", "-ing") and are objects or places.
OBJECTS = bag(
    """apartment instrument equipment document garment element compartment monument department implement ornament basement pavement
    segment supplement station location building ring wing string painting drawing housing thing clothing mansion collection bedding
    edition flooring"""
)
# Nouns that classify the noun behind them and name nothing by themselves ("multiple choice questions").
CLASSIFIERS = bag("""choice type style kind sort format mode eu uk us""")
# What an application is called, not what it stores.
APP_NOUNS = bag(
    """app application system platform service website site tool portal api backend software solution webapp microservice dashboard
    crm erp saas program product web-app web-application suite server frontend interface endpoint spa mvp prototype web rest
    restful graphql microservices cms intranet project"""
)
# In front of an app noun these say what it does with the thing before them: "pet management system" keeps pets.
MANAGEMENT = bag(
    """management manager tracking tracker booking administration admin registry register directory catalog catalogue database
    planner planning scheduling scheduler list inventory organizer organiser monitor monitoring log reservation reservations
    marketplace store shop processing handling hosting sharing library collection"""
)
# Nouns that name no stored thing: acts, qualities, mass nouns of software talk.
ABSTRACT = bag(
    """access authentication authorization authorisation login logout sign-in sign-up signup log-in ability support
    overview information info data detail details functionality capability capabilities way thing things content use usage
    security privacy compliance scalability availability reliability uptime latency time times right rights crud interface ui ux
    design home navigation search filter filters filtering sorting pagination reporting statistic statistics stats
    analytics graph graphs dashboard dashboards notification notifications reminder reminders alert alerts email
    emails e-mail e-mails sms push upload uploads download downloads pdf csv excel json xml api apis rest endpoint endpoints
    database backend frontend cloud docker kubernetes redis cache caching testing documentation docs ci/cd ci cd python java
    javascript typescript go rust ruby php job-to-be-done management administration maintenance integration integrations
    automation app apps people anyone everyone visibility control tracking monitoring planning scheduling conflict conflicts
    overlap overlaps overbooking double-booking order-by time-frame part-of range bit business companies-own team-own
    organisation-wide end-user english world internet web browser mobile desktop phone-app device-support quality speed ease
    experience efficiency transparency collaboration communication record-keeping paper spreadsheet spreadsheets mind advance
    time-to-time encryption auditing logging gdpr hipaa pci pci-dss dss oauth oauth2 jwt sso mfa 2fa everything something nothing
    anything one ones each other others itself themselves same table-name description-of minute minutes hour second seconds
    millisecond milliseconds ms concurrency sanity default defaults fraud overdue-state today tomorrow yesterday now day days
    week weeks month months year years morning evening night weekend weekends weekday weekdays public-at-large hand hands
    line-of-business top end beginning start day-to-day schedule-conflict tabs date framework frameworks stack
    read write edit deletion max min
    up out interval future past sort deadline timestamp storage thank thanks regards hello cheers welcome"""
)
# Papers and acts: things when somebody files them or another word says which, else talk about software.
PAPERS = bag("report registration response approval period chart")
# Generic words for kinds of people, known to be roles without any verb.
ACTORS = bag(
    """user customer client guest visitor admin administrator staff superuser superadmin buyer seller applicant subscriber operator
    auditor editor viewer author clerk agent"""
)
CLIENTS = bag("user customer client guest visitor member buyer applicant subscriber participant")
PUBLIC = bag("everyone anyone everybody anybody public visitor guest")
# Acting as these means looking after other people's records, so nothing is stored about them.
OVERSIGHT = bag(
    """manage moderate supervise administer administrate operate edit audit review approve view oversee curate control direct clerk"""
)
NOT_AGENT = bag(
    """order offer number letter paper computer printer container server folder sticker voucher newsletter sensor elevator tractor
    reactor monitor timer meter parameter counter chapter center theater register ledger poster banner header footer marker
    filter trailer reminder tracker charter quarter semester matter weather water power tower flower shower drawer dryer freezer
    cooler boiler heater motor rotor vector factor sector color colour floor door refrigerator calculator generator indicator
    transformer transistor layer slider corner border partner-name identifier modifier buffer router browser primer starter
    cluster cover river carrier bumper roller ladder trigger answer career pointer locker burger dinner supper fiber amber
    chamber transfer tender render gender finder planner organizer scheduler checker reader scanner tutor-time wrapper loader
    adapter controller amplifier mixer speaker loudspeaker projector tumbler blender toaster cylinder barrier diameter
    hammer copper silver leather timber lumber cancer ulcer fever laser acre corridor interior exterior error mirror horror vapor
    harbor flavor odor anchor armor cursor donor-list precursor
    variant plant grant restaurant instant pollutant lubricant coolant hydrant quadrant pendant warrant covenant determinant constant
    relevant significant"""
)
# What is made to act by itself; in the plural with a verb it is a thing and no user.
DEVICES = bag(
    """sensor meter printer computer monitor timer counter tracker boiler heater motor router scanner transformer generator server
    container elevator cooler freezer projector transmitter logger beacon machine device camera gauge"""
)
UNITS = bag(
    """minute minutes hour hours second seconds day days week weeks month months year years km kilometers kilometres mile miles
    meter meters metre metres cm mm kg kilogram kilograms gram grams ton tons tonne tonnes liter liters litre litres percent
    celsius fahrenheit degrees watt watts kw kwh mw mwh volt volts ampere hectares hectare acre acres sqm euro euros eur usd
    dollar dollars pounds gbp chf cents pixels bytes mb gb points"""
)
MONEY_UNITS = bag("euro euros eur usd dollar dollars pounds gbp chf cents")
MEASURES = ("mile", "ton", "foot", "yard", "acre", "watt", "volt", "ampere")
ENUM_NAMES = bag(
    """status state stage phase priority severity type kind category level gender role mode condition size grade color colour
    urgency difficulty visibility frequency channel method result outcome class tier currency format language unit season
    direction position disposition classification"""
)
STATE_NAMES = frozenset(["status", "state", "stage", "phase"])
# Endings of acts, states and qualities: no kind of person is called so.
MATTER = ("ment", "tion", "sion", "ity", "ance", "ence", "cy", "ure", "ship", "ism", "ness")
IRREGULAR_PLURALS = {
    "people": "person",
    "persons": "person",
    "children": "child",
    "men": "man",
    "women": "woman",
    "feet": "foot",
    "teeth": "tooth",
    "geese": "goose",
    "mice": "mouse",
    "lice": "louse",
    "oxen": "ox",
    "criteria": "criterion",
    "phenomena": "phenomenon",
    "indices": "index",
    "matrices": "matrix",
    "vertices": "vertex",
    "appendices": "appendix",
    "leaves": "leaf",
    "lives": "life",
    "wives": "wife",
    "knives": "knife",
    "shelves": "shelf",
    "halves": "half",
    "wolves": "wolf",
    "calves": "calf",
    "loaves": "loaf",
    "thieves": "thief",
    "selves": "self",
    "scarves": "scarf",
    "hooves": "hoof",
    "elves": "elf",
    "sheaves": "sheaf",
    "diagnoses": "diagnosis",
    "analyses": "analysis",
    "hypotheses": "hypothesis",
    "theses": "thesis",
    "crises": "crisis",
    "axes": "axis",
    "syntheses": "synthesis",
    "prognoses": "prognosis",
    "parentheses": "parenthesis",
    "curricula": "curriculum",
    "memoranda": "memorandum",
    "alumni": "alumnus",
    "fungi": "fungus",
    "cacti": "cactus",
    "stimuli": "stimulus",
    "syllabi": "syllabus",
    "larvae": "larva",
    "formulae": "formula",
    "antennae": "antenna",
    "aliases": "alias",
    "atlases": "atlas",
    "canvases": "canvas",
    "gases": "gas",
    "biases": "bias",
    "lenses": "lens",
    "genera": "genus",
    "strata": "stratum",
    "bacteria": "bacterium",
    "dice": "die",
    "pence": "penny",
    "kine": "cow",
    "brethren": "brother",
    "automata": "automaton",
    "volcanoes": "volcano",
    "dominoes": "domino",
    "mangoes": "mango",
    "echoes": "echo",
    "menus": "menu",
    "gurus": "guru",
    "emus": "emu",
    "skus": "sku",
    "cpus": "cpu",
    "gpus": "gpu",
    "data": "data",
    "media": "media",
}
UNCOUNTABLE = bag(
    """series species news equipment information staff feedback sheep fish aircraft spacecraft software hardware data metadata
    premises goods logistics analytics mathematics physics economics ethics politics electronics athletics graphics means
    headquarters offspring deer salmon trout bison moose police cattle furniture luggage clothing music media content homework
    advice evidence research stuff chassis corps sports savings earnings finances press lens bias gas atlas canvas alias
    tennis"""
)
IE_NOUNS = bag(
    """movie cookie calorie zombie pie tie die lie selfie brownie smoothie prairie genie rookie collie hippie sortie bookie foodie
    newbie hoodie menagerie lingerie veggie birdie caddie eerie"""
)
# Nouns of software talk when they stand alone in the singular; with a word before them, or as something one creates, they name things.
SOFT = bag(
    """action actions activity amount application applications attribute attributes audit audits average backup backups basis button
    calendar case cases change changes code column columns company count entities entity error errors example examples export
    exports feature features field fields form forms function goal goals history import imports job kind kinds language languages
    law level list lists log logs message metric metrics model models money need needs number numbers operation operations option
    options page pages permission permissions person place places platform platforms portal problem problems process processes
    progress properties property purpose record records regulation regulations relation relations relationship relationships
    request requests requirement requirements resource resources risk role roles rule rules schedule screen screens server set
    sets site software solution standard standards state states status sum summaries summary system systems team test tests tool
    tools total totals type types update updates user users validation validations variety view views website websites work
    workflow workflows project projects product products program programs service services performance performances deployment
    deployments"""
)
GREETINGS = frozenset({"hello", "hi", "dear", "hey", "greetings"})
DAYPARTS = bag("morning evening night weekend")
TIME_UNITS = bag("minute hour second day week month year millisecond")
PERSONS = bag(
    """resident nurse chef pilot tenant landlord citizen pupil parent lawyer coach clerk guard priest pastor monk farmer vet agent judge
    lecturer professor athlete guardian volunteer donor sponsor witness defendant inhabitant expert boss chief secretary
    assistant consultant accountant attorney engineer magician musician attendant applicant participant president superintendent
    colleague child brother sister mother father friend partner sergeant captain lieutenant official delegate representative
    correspondent analyst scientist registrar treasurer passenger physician surgeon dentist midwife paramedic arbiter referee
    umpire lodger shopper traveler traveller carpenter plumber butcher actor actress author dancer keeper soldier sailor baker
    brewer gardener hunter courier dispatcher underwriter adjuster policyholder contractor freelancer proprietor ambassador
    candidate student patient intern trainee apprentice graduate hostess host"""
)
