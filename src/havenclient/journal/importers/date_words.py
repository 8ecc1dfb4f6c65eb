"""Words that dates are written with: months and halves of the day, in some fifty languages.

Owns the words only; `dates` owns the grammar. The month names are those of the Unicode
Common Locale Data Repository, wide and short, beside a day and alone. A word counts only whole:
prefixes once read the Finnish "marraskuuta" (November) as March.
"""

from __future__ import annotations

_MONTHS: tuple[str, ...] = (
    (
        "january jan januar janvier janv enero ene janeiro gennaio gen januari stycznia sty "
        "styczeń января янв январь січня січ січень ledna led leden januára január siječnja sij "
        "siječanj јануар јан ianuarie ian януари яну јануари ιανουαρίου ιαν ιανουάριος ocak oca "
        "yanvar yan janúar tammikuuta tammi tammikuu jaanuar jaan janvāris sausio saus sausis "
        "janar gener xaneiro xan urtarrila urt eanáir ean januarie студзеня сту студзень ינואר "
        "ינו׳ يناير ژانویهٔ ژانویه جنوری जनवरी जन॰ มกราคม ม.ค հունվարի հնվ հունվար იანვარი იან "
        "jän jänner"
    ),
    (
        "february feb februar février févr febrero fevereiro fev febbraio februari lutego lut "
        "luty февраля февр февраль лютого лют лютий února úno únor februára február veljače velj "
        "veljača фебруар феб febr februarie февруари фев φεβρουαρίου φεβ φεβρουάριος şubat şub "
        "fevral febrúar helmikuuta helmi helmikuu veebruar veebr februāris vasario vas vasaris "
        "shkurt shk febrer febreiro otsaila ots feabhra feabh pebrero peb лютага люты פברואר פבר׳ "
        "فبراير فوریهٔ فوریه فروری फ़रवरी फ़र॰ กุมภาพันธ์ ก.พ փետրվարի փտվ փետրվար თებერვალი თებ "
        "fevr feber fevrier"
    ),
    (
        "march mar märz mär mars marzo março maart mrt marca marzec марта мар март березня бер "
        "березень března bře březen marec ožujka ožu ožujak mart március márc martie μαρτίου μαρ "
        "μάρτιος μάρ marts maaliskuuta maalis maaliskuu märts kovo kov kovas març martxoa márta "
        "maret mac marso сакавіка сак сакавік מרץ مارس مارچ मार्च มีนาคม มี.ค մարտի մրտ մարտ "
        "მარტი მარ maerz"
    ),
    (
        "april apr avril avr abril abr aprile kwietnia kwi kwiecień апреля апр апрель квітня квіт "
        "квітень dubna dub duben apríla apríl travnja tra travanj април április ápr aprilie "
        "απριλίου απρ απρίλιος nisan nis aprel huhtikuuta huhti huhtikuu aprill aprīlis balandžio "
        "bal balandis prill pri apirila api aibreán aib красавіка кра красавік אפריל אפר׳ أبريل "
        "آوریل اپریل अप्रैल เมษายน เม.ย ապրիլի ապր ապրիլ აპრილი აპრ"
    ),
    (
        "may mai mayo maio maggio mag mei maja maj мая май травня трав травень května kvě květen "
        "mája máj svibnja svi svibanj мај május μαΐου μαΐ μάιος μάι mayıs maí toukokuuta touko "
        "toukokuu maijs gegužės geg gegužė maig maiatza bealtaine beal מאי مايو مهٔ مه مئی मई "
        "พฤษภาคม พ.ค մայիսի մյս մայիս მაისი მაი"
    ),
    (
        "june jun juni juin junio junho giugno giu czerwca cze czerwiec июня июн июнь червня черв "
        "червень června čvn červen júna jún lipnja lipanj јун junij június iunie iun юни јуни "
        "ιουνίου ιουν ιούνιος ιούν haziran haz iyun iyn júní kesäkuuta kesä kesäkuu juuni jūnijs "
        "jūn birželio birž birželis qershor qer juny xuño ekaina eka meitheamh meith junie hunyo "
        "hun чэрвеня чэр чэрвень יוני يونيو ژوئن جون जून มิถุนายน มิ.ย հունիսի հնս հունիս ივნისი "
        "ივნ"
    ),
    (
        "july jul juli juillet juil julio julho luglio lug lipca lipiec июля июл июль липня лип "
        "липень července čvc červenec júla júl srpnja srpanj јул julij július iulie iul юли јули "
        "ιουλίου ιουλ ιούλιος ιούλ temmuz tem iyul iyl júlí heinäkuuta heinä heinäkuu juuli "
        "jūlijs jūl liepos liep liepa korrik korr juliol xullo xul uztaila uzt iúil julie julai "
        "hulyo hul ліпеня ліп ліпень יולי يوليو ژوئیهٔ ژوئیه جولائی जुलाई जुल॰ กรกฎาคม ก.ค "
        "հուլիսի հլս հուլիս ივლისი ივლ lip"
    ),
    (
        "august aug août agosto ago augustus sierpnia sie sierpień августа авг август серпня серп "
        "серпень srpna srpen augusta kolovoza kol kolovoz avgust avg augusztus αυγούστου αυγ "
        "αύγουστος αύγ ağustos ağu avqust avq augusti ágúst ágú elokuuta elo elokuu augusts "
        "rugpjūčio rugp rugpjūtis gusht gush agost ag abuztua abu lúnasa lún agustus agu ogos ogo "
        "жніўня жні жнівень אוגוסט אוג׳ أغسطس اوت اگست अगस्त अग॰ สิงหาคม ส.ค օգոստոսի օգս օգոստոս "
        "აგვისტო აგვ aout srp"
    ),
    (
        "september sep sept septembre septiembre setembro set settembre września wrz wrzesień "
        "сентября сент сентябрь вересня вер вересень září zář septembra rujna ruj rujan септембар "
        "сеп septembar szeptember szept septembrie септември σεπτεμβρίου σεπ σεπτέμβριος eylül "
        "eyl sentyabr sen syyskuuta syys syyskuu septembris rugsėjo rugs rugsėjis shtator sht "
        "setembre iraila ira mfómh setyembre верасня верасень ספטמבר ספט׳ سبتمبر سپتامبر ستمبر "
        "सितंबर सित॰ กันยายน ก.ย սեպտեմբերի սեպ սեպտեմբեր სექტემბერი სექ septemb"
    ),
    (
        "october oct oktober okt octobre octubre outubro out ottobre ott października paź "
        "październik октября окт октябрь жовтня жовт жовтень října říj říjen októbra október "
        "октобар oktobar octombrie октомври οκτωβρίου οκτ οκτώβριος ekim eki oktyabr lokakuuta "
        "loka lokakuu oktoober oktobris spalio spal spalis tetor tet urria urr dfómh oktubre "
        "кастрычніка кас кастрычнік אוקטובר אוק׳ أكتوبر اکتبر اکتوبر अक्टूबर अक्टू॰ ตุลาคม ต.ค "
        "հոկտեմբերի հոկ հոկտեմբեր ოქტომბერი ოქტ"
    ),
    (
        "november nov novembre noviembre novembro ноября нояб ноябрь листопада лист листопад "
        "listopadu novembra studenoga stu studeni новембар нов novembar noiembrie ноември ное "
        "νοεμβρίου νοε νοέμβριος νοέ kasım kas noyabr noy nóvember nóv marraskuuta marras "
        "marraskuu novembris lapkričio lapkr lapkritis nëntor nën azaroa aza samhain samh "
        "nobyembre nob лістапада ліс лістапад נובמבר נוב׳ نوفمبر نوامبر نومبر नवंबर नव॰ พฤศจิกายน "
        "พ.ย նոյեմբերի նոյ նոյեմբեր ნოემბერი ნოე listopada lis listopad"
    ),
    (
        "december dec dezember dez décembre déc diciembre dic dezembro dicembre grudnia gru "
        "grudzień декабря дек декабрь грудня груд грудень prosince pro prosinec decembra prosinca "
        "prosinac децембар дец decembar decembrie декември δεκεμβρίου δεκ δεκέμβριος aralık ara "
        "dekabr dek desember des joulukuuta joulu joulukuu detsember dets decembris gruodžio "
        "gruod gruodis dhjetor dhj desembre decembro abendua abe nollaig noll disember dis "
        "disyembre снежня сне снежань דצמבר דצמ׳ ديسمبر دسامبر دسمبر दिसंबर दिस॰ ธันวาคม ธ.ค "
        "դեկտեմբերի դեկ դեկտեմբեր დეკემბერი დეკ decembre"
    ),
)

MONTHS: dict[str, int] = {
    word: month for month, words in enumerate(_MONTHS, start=1) for word in words.split()
}
"""Lower case, without the dot of a short form."""

DOTTED: dict[str, int] = {"lip": 6, "srp": 7, "lis": 10, "listopada": 10, "listopad": 10}
"""Croatian months whose words mean another month in Polish or Czech. Croatian puts a dot after the
day ("15. lis 2024."), Polish doesn't, and Czech writes short dates with numbers."""

_AM = (
    "a am ap d.o de dop dopoldne eparadites fh fm förmiddag paradite pd pg priekšp priekšpusdiena "
    "priekšpusdienā priešpiet prijepodne prp rn sa vm vorm vormittags öö πμ дп пд претпл преподне "
    "проб утра לפנה״צ ص صباحًا صباحا قبلازظهر قظ ก่อนเที่ยง पूर्वाह्न 午前 上午 오전 凌晨 早上 "
    "清晨 matin dumatin sáng mat imadite ifm morning rano"
)
_PM = (
    "p pm ch du eftermiddag eh em epasdites in ip md nachm nachmittags abends nm odp pasdite pop "
    "popiet popodne popoldne ptg pēcp pēcpusd pēcpusdiena pēcpusdienā ös μμ попл пп по/пл поподне "
    "слоб дня вечера אחה״צ بظ بعدازظهر م مساءً مساء หลังเที่ยง अपराह्न 午後 下午 오후 晚上 傍晚 中午 "
    "del'après-midi après-midi dusoir soir iem chiều"
)
AM, PM = frozenset(_AM.split()), frozenset(_PM.split())
"""Folded: lower case, without dots and spaces."""

CLOCK = frozenset(("h", "uhr", "klo", "kl", "ч", "год", "น", "г", "alle", "ore", "o'clock", "hrs"))
"""What stands beside a 24-hour clock and says nothing about halves of the day."""

WEEKDAY_AFTER = (
    r"[日月火水木金土]曜日?|\([日月火水木金土]\)|星期[一二三四五六日天]|[週周][一二三四五六日]|[월화수목금토일]요일"
    r"|pazartesi|pazar|salı|çarşamba|perşembe|cumartesi|cuma"
)
"""Weekdays that some languages put after the date, as a pattern."""
