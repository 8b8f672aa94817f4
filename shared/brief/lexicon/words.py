"""Function words, common adjectives and the generic nouns of talk about software (never of what the software is about)."""

from __future__ import annotations

DETERMINERS = frozenset(
    ["a", "an", "the", "this", "that", "these", "those", "each", "every", "any", "all", "no", "its", "their", "his", "her", "my", "our", "your", "whose", "another", "other", "some", "both", "either", "neither"]
)
POSSESSIVES = frozenset(["its", "their", "his", "her", "my", "our", "your", "own"])
EACH = frozenset(["each", "every", "any", "a", "an", "per", "one"])
MANY = frozenset(["many", "multiple", "several", "various", "numerous", "more", "two", "three", "four", "five", "six", "lots", "plenty", "different", "some", "few"])
PRONOUNS = frozenset(
    ["i", "we", "they", "he", "she", "it", "you", "who", "them", "us", "me", "him", "everyone", "anyone", "everybody", "anybody", "someone", "somebody", "nobody", "others", "themselves"]
)
MODALS = frozenset(["can", "may", "must", "should", "shall", "will", "could", "might", "would", "cannot", "can't", "won't", "mustn't", "shouldn't", "couldn't"])
BE = frozenset(["is", "are", "was", "were", "be", "been", "being", "am", "isn't", "aren't"])
HAVE = frozenset(["has", "have", "having", "had", "hasn't", "haven't"])
AUX = frozenset(["do", "does", "did", "don't", "doesn't", "didn't", "gets", "get", "got"])
PREPOSITIONS = frozenset(
    ["in", "on", "at", "for", "by", "with", "from", "of", "to", "into", "per", "about", "under", "over", "between", "during", "against", "within", "without", "through", "via", "across", "among", "onto", "upon", "toward", "towards", "inside", "outside", "near", "after", "before", "behind", "than", "like", "as", "including", "excluding", "regarding", "concerning", "using", "until", "since", "containing", "having", "following", "plus"]
)
CONJUNCTIONS = frozenset(["and", "or", "&", "nor", "plus", "and/or"])
SUBORDINATORS = frozenset(
    ["when", "where", "which", "that", "so", "if", "because", "while", "whether", "once", "until", "unless", "whenever", "wherever", "although", "though", "as", "since", "who", "whose"]
)
ADVERBS = frozenset(
    ["also", "only", "then", "never", "always", "not", "once", "twice", "often", "currently", "already", "again", "together", "just", "later", "easily", "quickly", "automatically", "online", "daily", "weekly", "monthly", "yearly", "too", "very", "please", "e.g", "i.e", "etc", "instead", "therefore", "otherwise", "usually", "optionally", "respectively", "there", "here", "now", "how", "what", "why", "ever", "even", "still", "still", "directly", "manually", "securely", "anonymously", "immediately", "too", "maybe", "simply", "basically", "well", "first", "finally", "additionally", "furthermore", "moreover", "further", "where-ever", "today", "yet", "soon", "n't"]
)
# Adjectives that say nothing about which thing is meant; the others stay part of a name ("medical record").
ADJECTIVES = frozenset(
    ["new", "old", "simple", "small", "big", "large", "basic", "full", "own", "average", "total", "overall", "different", "various", "multiple", "several", "many", "few", "great", "good", "nice", "modern", "easy", "fast", "secure", "robust", "scalable", "complete", "whole", "entire", "main", "internal", "external", "available", "upcoming", "past", "current", "previous", "next", "last", "first", "second", "existing", "certain", "specific", "particular", "relevant", "important", "necessary", "required", "optional", "mandatory", "unique", "similar", "other", "same", "responsive", "online", "web-based", "cloud-based", "lightweight", "beautiful", "clean", "minimal", "professional", "custom", "individual", "personal", "private", "public", "shared", "local", "regional", "global", "weekly", "monthly", "daily", "annual", "yearly", "quarterly", "single", "double", "several", "more", "most", "less", "least", "own", "detailed", "short", "long", "free", "open", "closed", "active", "inactive", "real-time", "realtime", "high", "low", "possible", "valid", "invalid", "correct", "several", "appropriate", "compliant", "user-friendly", "self-service", "production-ready", "rest", "restful", "digital", "virtual", "electronic", "automatic", "automated", "common", "typical", "unlimited", "top", "popular", "favourite", "favorite", "related", "assigned", "latest", "recent", "actual", "real", "future", "full-stack", "fullstack", "up-to-date", "hipaa-compliant", "pci-compliant", "gdpr-compliant", "pci-dss-compliant", "internal-facing", "key", "own", "aforementioned", "additional", "extra", "respective", "recurring", "corresponding", "associated", "given", "planned", "pending", "overdue", "expired", "unpaid", "paid", "cancelled", "confirmed", "approved", "rejected", "unread", "outstanding", "open-source", "sophisticated", "straightforward", "comprehensive", "interactive", "dynamic", "tiny", "multi-tenant", "nearby"]
)
# Nouns that classify the noun behind them and name nothing by themselves ("multiple choice questions").
CLASSIFIERS = frozenset(["choice", "type", "style", "kind", "sort", "format", "mode"])
# What an application is called, not what it stores.
APP_NOUNS = frozenset(
    ["app", "application", "system", "platform", "service", "website", "site", "tool", "portal", "api", "backend", "software", "solution", "webapp", "microservice", "dashboard", "crm", "erp", "saas", "program", "product", "web-app", "web-application", "suite", "server", "frontend", "interface", "endpoint", "spa", "mvp", "prototype", "web", "rest", "restful", "graphql", "microservices", "cms", "intranet", "project"]
)
# In front of an app noun these say what it does with the thing before them: "pet management system" keeps pets.
MANAGEMENT = frozenset(
    ["management", "manager", "tracking", "tracker", "booking", "administration", "admin", "registry", "register", "directory", "catalog", "catalogue", "database", "planner", "planning", "scheduling", "scheduler", "list", "inventory", "organizer", "organiser", "monitor", "monitoring", "log", "reservation", "reservations", "marketplace", "store", "shop", "processing", "hosting", "sharing", "library", "collection"]
)
# Nouns that name no stored thing: acts, qualities, mass nouns of software talk.
ABSTRACT = frozenset(
    ["access", "approval", "authentication", "authorization", "authorisation", "login", "logout", "sign-in", "sign-up", "signup", "log-in", "registration", "ability", "support", "overview", "information", "info", "data", "detail", "details", "functionality", "feature", "features", "capability", "capabilities", "way", "option", "options", "thing", "things", "content", "basis", "case", "example", "use", "usage", "security", "privacy", "compliance", "performance", "scalability", "availability", "reliability", "uptime", "latency", "response", "time", "times", "request", "requests", "role", "roles", "permission", "permissions", "right", "rights", "crud", "interface", "ui", "ux", "design", "screen", "screens", "page", "pages", "view", "views", "button", "form", "forms", "home", "navigation", "search", "filter", "filters", "filtering", "sorting", "pagination", "export", "exports", "import", "imports", "report", "reports", "reporting", "statistic", "statistics", "stats", "analytics", "chart", "charts", "graph", "graphs", "metric", "metrics", "dashboard", "dashboards", "summary", "summaries", "notification", "notifications", "reminder", "reminders", "alert", "alerts", "email", "emails", "e-mail", "e-mails", "sms", "message", "push", "upload", "uploads", "download", "downloads", "pdf", "csv", "excel", "json", "xml", "api", "apis", "rest", "endpoint", "endpoints", "database", "backend", "frontend", "server", "cloud", "docker", "kubernetes", "redis", "cache", "caching", "test", "tests", "testing", "code", "documentation", "docs", "deployment", "ci/cd", "ci", "cd", "python", "java", "javascript", "typescript", "go", "rust", "ruby", "php", "history", "status", "state", "states", "progress", "process", "processes", "workflow", "workflows", "work", "job-to-be-done", "change", "changes", "update", "updates", "management", "administration", "maintenance", "integration", "integrations", "automation", "operation", "operations", "action", "actions", "activity", "application", "applications", "app", "apps", "system", "systems", "platform", "platforms", "website", "websites", "site", "portal", "tool", "tools", "software", "solution", "people", "person", "anyone", "everyone", "user", "users", "visibility", "control", "tracking", "monitoring", "planning", "scheduling", "conflict", "conflicts", "overlap", "overlaps", "overbooking", "double-booking", "order-by", "time-frame", "number", "numbers", "amount", "total", "totals", "average", "sum", "count", "average", "list", "lists", "set", "sets", "kind", "kinds", "type", "types", "part-of", "lot", "lots", "variety", "range", "bit", "rest", "need", "needs", "requirement", "requirements", "problem", "problems", "purpose", "goal", "goals", "business", "company", "companies-own", "team-own", "organisation-wide", "end-user", "standard", "standards", "regulation", "regulations", "rule", "rules", "law", "language", "languages", "english", "world", "internet", "web", "browser", "mobile", "desktop", "phone-app", "device-support", "quality", "speed", "ease", "experience", "efficiency", "transparency", "collaboration", "communication", "record-keeping", "paper", "spreadsheet", "spreadsheets", "mind", "advance", "time-to-time", "money", "authorisation", "encryption", "audit", "audits", "auditing", "logging", "log", "logs", "backup", "backups", "gdpr", "hipaa", "pci", "pci-dss", "dss", "oauth", "oauth2", "jwt", "sso", "mfa", "2fa", "everything", "something", "nothing", "anything", "one", "ones", "each", "other", "others", "itself", "themselves", "same", "entity", "entities", "model", "models", "resource", "resources", "relationship", "relationships", "relation", "relations", "attribute", "attributes", "field", "fields", "property", "properties", "column", "columns", "table-name", "description-of", "minute", "minutes", "hour", "second", "seconds", "millisecond", "milliseconds", "ms", "concurrency", "sanity", "validation", "validations", "error", "errors", "default", "defaults", "fraud", "risk", "overdue-state", "today", "tomorrow", "yesterday", "now", "day", "days", "week", "weeks", "month", "months", "year", "years", "morning", "evening", "night", "weekend", "weekends", "calendar", "resident", "residents", "public-at-large", "hand", "hands", "place", "places", "line-of-business", "top", "end", "beginning", "start", "step-by-step", "day-to-day", "schedule-conflict", "turn"]
)
# Generic words for kinds of people, known to be roles without any verb.
ACTORS = frozenset(
    ["user", "customer", "client", "guest", "visitor", "admin", "administrator", "staff", "superuser", "superadmin", "buyer", "seller", "applicant", "subscriber", "operator", "auditor", "editor", "viewer", "author", "clerk", "agent"]
)
CLIENTS = frozenset(["user", "customer", "client", "guest", "visitor", "member", "buyer", "applicant", "subscriber", "participant"])
PUBLIC = frozenset(["everyone", "anyone", "everybody", "anybody", "public", "visitor", "guest"])
# Acting as these means looking after other people's records, so nothing is stored about them.
OVERSIGHT = frozenset(
    ["manage", "moderate", "supervise", "administer", "administrate", "operate", "edit", "audit", "review", "approve", "view", "oversee", "curate", "control", "direct", "clerk"]
)
NOT_AGENT = frozenset(
    ["order", "offer", "number", "letter", "paper", "computer", "printer", "container", "server", "folder", "sticker", "voucher", "newsletter", "sensor", "elevator", "tractor", "reactor", "monitor", "timer", "meter", "parameter", "counter", "chapter", "center", "theater", "register", "ledger", "poster", "banner", "header", "footer", "marker", "filter", "trailer", "reminder", "tracker", "charter", "quarter", "semester", "matter", "weather", "water", "power", "tower", "flower", "shower", "drawer", "dryer", "freezer", "cooler", "boiler", "heater", "motor", "rotor", "vector", "factor", "sector", "color", "colour", "floor", "door", "refrigerator", "calculator", "generator", "indicator", "transformer", "transistor", "layer", "slider", "corner", "border", "partner-name", "identifier", "modifier", "buffer", "router", "browser", "primer", "starter", "cluster", "cover", "river", "carrier", "container", "bumper", "roller", "ladder", "trigger", "answer", "career", "pointer", "locker", "burger", "dinner", "supper", "fiber", "amber", "chamber", "transfer", "tender", "render", "gender", "finder", "planner", "organizer", "scheduler", "checker", "reader", "scanner", "tutor-time", "wrapper", "loader", "helper", "adapter", "controller", "amplifier", "mixer", "speaker", "loudspeaker", "projector", "tumbler", "blender", "toaster", "cylinder", "barrier", "diameter", "hammer", "copper", "silver", "leather", "timber", "lumber", "cancer", "ulcer", "fever", "laser", "acre", "corridor", "interior", "exterior", "error", "mirror", "horror", "vapor", "harbor", "flavor", "odor", "anchor", "armor", "cursor", "donor-list", "precursor"]
)
UNITS = frozenset(
    ["minute", "minutes", "hour", "hours", "second", "seconds", "day", "days", "week", "weeks", "month", "months", "year", "years", "km", "kilometers", "kilometres", "mile", "miles", "meter", "meters", "metre", "metres", "cm", "mm", "kg", "kilogram", "kilograms", "gram", "grams", "ton", "tons", "tonne", "tonnes", "liter", "liters", "litre", "litres", "percent", "celsius", "fahrenheit", "degrees", "watt", "watts", "kw", "kwh", "mw", "mwh", "volt", "volts", "ampere", "hectares", "hectare", "acre", "acres", "sqm", "euro", "euros", "eur", "usd", "dollar", "dollars", "pounds", "gbp", "chf", "cents", "pixels", "bytes", "mb", "gb", "points"]
)
MONEY_UNITS = frozenset(["euro", "euros", "eur", "usd", "dollar", "dollars", "pounds", "gbp", "chf", "cents"])
MEASURES = ("mile", "ton", "foot", "yard", "acre", "watt", "volt", "ampere")
ENUM_NAMES = frozenset(
    ["status", "state", "stage", "phase", "priority", "severity", "type", "kind", "category", "level", "gender", "role", "mode", "condition", "size", "grade", "color", "colour", "urgency", "difficulty", "visibility", "frequency", "channel", "method", "result", "outcome", "class", "tier", "currency", "format", "language", "unit", "season", "direction", "position", "disposition", "classification"]
)
STATE_NAMES = frozenset(["status", "state", "stage", "phase"])
IRREGULAR_PLURALS = {
    "people": "person", "persons": "person", "children": "child", "men": "man", "women": "woman", "feet": "foot", "teeth": "tooth", "geese": "goose",
    "mice": "mouse", "lice": "louse", "oxen": "ox", "criteria": "criterion", "phenomena": "phenomenon", "indices": "index", "matrices": "matrix",
    "vertices": "vertex", "appendices": "appendix", "leaves": "leaf", "lives": "life", "wives": "wife", "knives": "knife", "shelves": "shelf",
    "halves": "half", "wolves": "wolf", "calves": "calf", "loaves": "loaf", "thieves": "thief", "selves": "self", "scarves": "scarf",
    "hooves": "hoof", "elves": "elf", "sheaves": "sheaf", "diagnoses": "diagnosis", "analyses": "analysis", "hypotheses": "hypothesis",
    "theses": "thesis", "crises": "crisis", "axes": "axis", "syntheses": "synthesis", "prognoses": "prognosis", "parentheses": "parenthesis",
    "curricula": "curriculum", "memoranda": "memorandum", "alumni": "alumnus", "fungi": "fungus", "cacti": "cactus", "stimuli": "stimulus",
    "syllabi": "syllabus", "larvae": "larva", "formulae": "formula", "antennae": "antenna", "aliases": "alias", "atlases": "atlas", "canvases": "canvas",
    "gases": "gas", "biases": "bias", "lenses": "lens", "genera": "genus", "strata": "stratum", "bacteria": "bacterium",
    "dice": "die", "pence": "penny", "kine": "cow", "brethren": "brother", "automata": "automaton", "data": "data", "media": "media",
}  # fmt: skip
UNCOUNTABLE = frozenset(
    ["series", "species", "news", "equipment", "information", "staff", "feedback", "sheep", "fish", "aircraft", "spacecraft", "software", "hardware", "data", "metadata", "premises", "goods", "logistics", "analytics", "mathematics", "physics", "economics", "ethics", "politics", "electronics", "athletics", "graphics", "means", "headquarters", "offspring", "deer", "salmon", "trout", "bison", "moose", "police", "cattle", "furniture", "luggage", "clothing", "music", "media", "content", "homework", "advice", "evidence", "research", "stuff", "chassis", "corps", "sales", "sports", "savings", "earnings", "finances", "press", "lens", "bias", "gas", "atlas", "canvas", "alias", "tennis"]
)
IE_NOUNS = frozenset(
    ["movie", "cookie", "calorie", "zombie", "pie", "tie", "die", "lie", "selfie", "brownie", "smoothie", "prairie", "genie", "rookie", "collie", "hippie", "sortie", "bookie", "foodie", "newbie", "hoodie", "menagerie", "lingerie", "veggie", "birdie", "caddie", "eerie"]
)
