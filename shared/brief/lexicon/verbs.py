"""What people do with records, by effect. A verb that is not listed is still understood where grammar says it must be one."""

from __future__ import annotations

from shared.brief.lexicon.bag import bag

CREATE = bag(
    """add create open submit place post write record log make raise file issue register enter draft compose propose request upload
    import buy purchase order apply donate contribute invite capture report lodge launch publish insert define produce sell plan
    prepare organize organise initiate set start rate review comment ask note nominate claim declare deposit pledge sow plant
    brew bake cook mint quote hand fill offer provide give host assemble leave bring"""
)
BOOK = bag("book reserve schedule rent hire borrow lend lease loan")
JOIN = bag("enroll enrol join attend subscribe follow signup rsvp")
READ = bag(
    """see view browse search read check list consult inspect look find monitor track watch show display download export audit
    access filter query compare visit observe analyse analyze preview print receive get consume sort discover explore study
    examine trace locate know"""
)
UPDATE = bag(
    """edit update change modify assign adjust correct rename amend process handle mark move extend transfer reassign set configure
    top complete rate prioritize prioritise schedule reschedule tag label annotate link attach answer reply grade score allocate
    dispatch route prescribe diagnose treat repair service maintain clean calibrate measure weigh count stock restock replenish
    load unload pack sign tick assess alter revise finalise finalize categorise categorize recharge clarify scan evaluate examine"""
)
DELETE = bag("delete remove erase purge discard drop")
MANAGE = bag("""manage maintain administer organize organise handle moderate control own oversee supervise coordinate curate run keep""")
TRANSITION = bag(
    """approve reject resolve reopen close cancel confirm publish unpublish archive accept decline complete start finish ship
    deliver escalate activate deactivate suspend verify sign lock unlock release hold dispatch return renew pause resume deny
    fulfil fulfill settle waive void withdraw revoke claim acknowledge reserve flag hide ban unban retire endorse certify grant
    validate stop postpone reinstate dismiss triage authorise authorize"""
)
STRUCTURE = bag("have contain include comprise hold own carry feature store cover span involve keep")
BELONG = frozenset(["belong", "relate", "refer", "reference"])
NOTIFY = bag("notify remind alert email message text warn inform")
STATIVE = bag(
    """need require want like love hope wish expect mean cost last depend become remain stay seem look support run work allow let
    help enable serve consist exist happen occur live expire begin end contain have belong include be do go come rely count
    represent describe identify stand cover fit match equal matter apply affect follow lack reference exceed own appear comply
    fail return bear combine earn feature connect link relate refer vary"""
)
BUILD = bag(
    """build create make develop write design generate implement deliver need want provide produce set prepare code program
    construct give like help"""
)
OTHER = bag(
    """
    take pick fill become begin believe bring buy calculate call cancel catch choose collect combine commit communicate complain
    compute connect consist contact convert cost cover decide deliver demand deny describe determine discuss distribute divide do
    donate earn eat employ enable encourage ensure estimate evaluate exchange execute exist expect explain expire fail feed fix
    forecast forget forward fund gather go grow guarantee guide happen hear help identify implement improve increase indicate inform
    install integrate introduce invest investigate invoice involve issue join keep know lead learn leave let live lose match mean meet
    mention mine negotiate nominate notify obtain occur offer operate optimize optimise owe participate pass perform permit persist
    play predict prefer present prevent protect provide pull push qualify reach realise recalculate reconcile recruit redeem reduce
    refer refill reject relate rely remember repay repeat replace reply represent require respond restore restrict retain retrieve
    rotate run save scan select send serve settle share simulate sing skip solve sort speak specify spend split stand stay store
    stream suggest supply support suspect swap sync synchronize teach tell test thank think throw touch train translate travel treat
    trigger trust try turn understand unsubscribe use validate vary vote wait walk warn wash wear win wish withdraw work bid book pay
    harvest milk breed groom adopt tune inspect fly drive ride sail cut weld paint dig fetch judge defend counsel preach pray baptize
    advise audit appraise underwrite insure borrow quote bill charge credit debit swipe enroll graduate fine escort host rehearse
    exhibit curate lend cook instruct coach mentor hunt fish assess examine carry accompany acquire adapt align anonymize arrange ask
    attend authenticate authorize bake block bottle bundle care celebrate claim clear climb close confirm consume continue control
    correspond crawl customize debate decommission decorate dedicate demonstrate deploy deprecate design detach detail differ digitize
    disable discard discharge dismiss drink drop dry elect emit empty encrypt end engage enjoy enumerate evacuate exclude expand
    expose express extend extract facilitate finance flash focus fold forge formulate freeze fulfil furnish gain govern greet guard
    guess heal heat hide highlight illustrate immunize inherit initialize inject input interact intercept interpret interrupt
    interview invert irrigate isolate iterate justify kill knit land lay lift limit listen locate lower mail mandate manufacture map
    master maximize merge migrate minimize mix mobilize model modernize monitor motivate mount mow multiply narrate navigate need
    normalize number nurse observe occupy oppose orchestrate orient originate overwrite package parse patrol personalize photograph
    pitch pollinate pool practice practise praise prioritize process procure program prohibit promote pronounce propagate prove prune
    publish pump quarantine rank recall recite reclaim recognize recognise recycle redirect refine refuse regenerate regulate
    reinforce release relocate remediate remind renovate reorder reorganize rescue research reset reside resist rest retry reuse
    reveal revisit reward rinse roast roll salt sample scrape search secure seed segment separate sequence shape shear shut situate
    sleep slice smoke spawn spray sponsor stage stamp standardize steer sterilize stitch stretch structure substitute suffer
    supplement survey sustain sweep swim synthesize accumulate achieve act admit advertise agree alter announce appoint approach
    arrive assume authorise behave bind break burn categorise categorize circulate clarify collaborate collate compile conclude
    consider convey debrief decrease deduct delegate depart derive destroy disappear dispense dispose draw educate equip establish
    finalise finalize impose intend possess preserve proceed react recharge recover reflect relay render reproduce result revise rise
    satisfy say seek shoot undertake award copy delay switch upgrade sketch saw tackle talk target tax tend terminate transcribe
    transform transmit transport trim type undergo unify unite unload unpack unveil urge vaccinate value vent verify wander want water
    weigh whisper widen wire wonder worry wrap yield zone assist compose comprise upvote downvote"""
)
# Verbs that are just as often nouns: grammar has to decide, and where it cannot they are nouns.
NOUNISH = bag(
    """access answer audit bid bill book brew call change charge check claim clean comment contact control count credit cut deposit
    design display document draft drive end estimate exchange export feature file filter fine finish fish follow forecast form fund
    grade grant group guide handle harvest help hire hold host hunt import invite invoice issue judge label launch lead lease lend
    link list load loan lock log look measure match message milk mine mint note offer order paint park pass pick plan plant play
    pledge post present preview print process produce program project purchase query quote rate reach record refund release rent
    repair reply report request reserve rest return review ride route run sail scan schedule score search service share ship show
    sign sort span stand start stay step stock stop store stream study supply support swap tag test text top touch track train
    transfer travel treat trust turn view visit vote wait walk watch wash wear win wish work address advance balance cost contract
    lives live leaves leave set sets feed fix push pull bank budget trade mentor coach counsel cook sow stores question close weld
    interview map mail model tick number nurse land lift limit bottle bundle care detail drink express extract finance focus fold forge
    freeze guess heat highlight input interrupt lay mandate master mix mount package patrol pitch pool practice pump quarantine rank
    reset rescue research reward roll salt sample seed segment sequence shape shear sleep slice smoke sponsor stage stamp structure
    supplement survey sweep target tax transport trim type value vent water wire wonder wrap yield zone drop block begin photograph
    merge award copy delay switch upgrade sketch act approach result draw relay name email alert coordinate state render saw"""
)
EXTRA = bag("""connect log sign top trade bank budget contract project document group merge close open park advance balance""")
IRREGULAR = {
    "written": "write",
    "wrote": "write",
    "sent": "send",
    "paid": "pay",
    "made": "make",
    "taken": "take",
    "took": "take",
    "given": "give",
    "gave": "give",
    "sold": "sell",
    "bought": "buy",
    "built": "build",
    "held": "hold",
    "kept": "keep",
    "seen": "see",
    "done": "do",
    "won": "win",
    "lost": "lose",
    "drawn": "draw",
    "driven": "drive",
    "chosen": "choose",
    "read": "read",
    "set": "set",
    "put": "put",
    "lent": "lend",
    "let": "let",
    "left": "leave",
    "found": "find",
    "known": "know",
    "shown": "show",
    "met": "meet",
    "taught": "teach",
    "flown": "fly",
    "grown": "grow",
    "sown": "sow",
    "spent": "spend",
    "brought": "bring",
    "told": "tell",
    "led": "lead",
    "withdrawn": "withdraw",
    "overseen": "oversee",
    "bid": "bid",
    "cut": "cut",
    "run": "run",
    "begun": "begin",
    "gone": "go",
    "worn": "wear",
    "sung": "sing",
    "split": "split",
    "spread": "spread",
    "bound": "bind",
    "caught": "catch",
    "felt": "feel",
    "fed": "feed",
    "heard": "hear",
    "laid": "lay",
    "meant": "mean",
    "understood": "understand",
    "thrown": "throw",
    "eaten": "eat",
    "broken": "break",
    "forgotten": "forget",
    "ridden": "ride",
    "shot": "shoot",
    "hidden": "hide",
    **{"flew": "fly", "drove": "drive", "rode": "ride", "ran": "run", "sang": "sing", "swam": "swim", "spoke": "speak", "chose": "choose"},
    **{"drew": "draw", "knew": "know", "grew": "grow", "threw": "throw", "ate": "eat", "wore": "wear", "broke": "break", "went": "go"},
    **{"came": "come", "saw": "see", "did": "do", "shook": "shake", "stole": "steal", "sank": "sink", "dug": "dig", "hung": "hang"},
}
COMPUTE = bag(
    """calculate compute score recommend match predict detect optimise optimize suggest simulate forecast estimate generate classify
    rank reconcile recalculate analyse analyze convert translate summarise summarize"""
)
# What things do to things: said of a screening, a policy or a batch, these relate it to their object.
RELATING = bag(
    """show display use occur happen depict concern reference feature cover need require follow precede name mention include involve
    compete come originate run live sit lie stand hang serve represent describe connect contain depend participate span
    last apply fit match share pertain result stem stay consist belong bear face affect target"""
)
# Their subject has many of their objects; with any other verb it belongs to its object.
HAVING = bag(
    """have contain include hold carry offer host feature store keep sell stock produce generate provide issue list comprise involve
    employ publish submit create receive house accommodate run yield own supply serve span record get cover collect gather emit
    register place make send order file upload accept"""
)
# Done by somebody to a record that stays theirs: "parcels are owned by growers", "courses are taught by a teacher".
AUTHOR = bag(
    """own write teach lead give author compose perform play instruct coach host direct supply run drive operate present deliver
    produce manufacture breed sponsor found head chair publish offer lend sell issue raise keep hold paint conduct"""
)
# What a list, a form or a record does with what it says: "a loan records the date".
NOTING = bag("""name state record specify give show note list mention tell indicate log track define hold capture store describe keep
    save register know document""")
PARTICLES = bag("up out off in down over back away")

HUMAN = (CREATE | BOOK | JOIN | READ | UPDATE | DELETE | MANAGE | TRANSITION | COMPUTE) - {
    "show", "display", "receive", "get", "offer", "produce", "start", "finish", "hold", "release", "complete", "give", "run",
    "keep", "host", "follow", "visit", "set", "load", "count", "measure", "list", "note", "leave", "bring", "match",
}  # fmt: skip

# What somebody states on the way: "book a slot, giving a name".
GIVING = frozenset({"give", "provide", "enter", "specify", "state", "fill"})
# Done by people only, even where their subject is stored as well: "the locksmith closes the order".
DECIDING = TRANSITION - {
    "hold", "release", "ship", "return", "complete", "start", "finish", "lock", "deliver", "claim", "flag", "reserve", "sign", "unlock",
}  # fmt: skip

ALL = frozenset().union(
    CREATE,
    BOOK,
    JOIN,
    READ,
    UPDATE,
    DELETE,
    MANAGE,
    TRANSITION,
    STRUCTURE,
    BELONG,
    NOTIFY,
    STATIVE,
    BUILD,
    OTHER,
    COMPUTE,
    NOUNISH,
    EXTRA,
    [
        "compete",
        "depict",
        "precede",
        "accommodate",
        "conduct",
        "lie",
        "sit",
        "hang",
        "associate",
        "tie",
        "put",
        "allot",
        "concern",
        "name",
        "state",
        "stack",
    ],
) - {
    "be",
    "sets",
    "stores",
    "leaves",
    "lives",
}
