"""What invented people are called: lists of given names and surnames as they live side by side in a port city.

The names of each origin are put together by chance, so that no line here is a person.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """Names that go together, and how many in a hundred residents have them.

    `complexions` are indexes into the portrait's palette, lightest first.
    """

    share: int
    women: tuple[str, ...]
    men: tuple[str, ...]
    surnames: tuple[str, ...]
    complexions: tuple[int, ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


ORIGINS = (
    Origin(
        52,
        _words(
            "Joan Margaret Jean Dorothy Doreen Sheila Audrey Beryl Brenda Edna Hilda Irene Joyce June Marjorie "
            "Maureen Muriel Norma Olive Pauline Phyllis Rita Sylvia Vera Winifred Barbara Betty Elsie Florence "
            "Gladys Mavis Mabel Ivy Lilian Ethel Freda Constance Eunice Nora Thelma Hazel Shirley Valerie"
        ),
        _words(
            "Albert Alfred Arthur Bernard Cyril Derek Dennis Donald Douglas Edwin Eric Ernest Francis Frederick "
            "Geoffrey Gordon Harold Herbert Kenneth Leonard Leslie Norman Ralph Raymond Reginald Ronald Roy "
            "Sidney Stanley Thomas Victor Walter Wilfred William"
        ),
        _words(
            "Ashcroft Barlow Birchall Blundell Bretherton Clegg Cropper Culshaw Dewhurst Fairclough Fazakerley "
            "Formby Garstang Gorst Halsall Haydock Hesketh Holcroft Kershaw Leadbetter Lathom Maudsley Molyneux "
            "Ormerod Pendlebury Pilkington Rainford Rimmer Roughley Scarisbrick Sephton Silcock Stringfellow "
            "Tarleton Threlfall Twist Unsworth Wignall Winstanley Woosey Roberts"
        ),
        (0, 1),
    ),
    Origin(
        14,
        _words("Bridget Kathleen Eileen Philomena Nuala Bernadette Oonagh Carmel Deirdre Concepta Teresa"),
        _words("Patrick Brendan Declan Cornelius Eamon Fergus Malachy Aidan Dermot Cormac"),
        _words(
            "Brannigan Cullinane Devaney Farrelly Gallagher Hanratty Kinsella Lafferty McGlinchey Mulrooney "
            "O'Dwyer O'Hanlon Rafferty Tierney"
        ),
        (0, 1),
    ),
    Origin(
        8,
        _words("Gwyneth Megan Olwen Blodwen Myfanwy Nesta Eluned Morag Isla Elspeth Una"),
        _words("Emrys Gwilym Idris Ifor Hywel Aled Alasdair Hamish Murdo Ewan"),
        _words("Bevan Cadwaladr Gethin Llewellyn Penry Prydderch Tudor Abercrombie Dalgleish Kilbride MacInnes"),
        (0, 1),
    ),
    Origin(
        5,
        _words("Mei-Ling Suk-Yin Wai-Fong Lai-Kuen Siu-Ping Yuk-Lan"),
        _words("Kwok-Wai Chi-Keung Wing-Tak Man-Ho Tak-Shing"),
        _words("Cheung Fung Kwan Leung Mok Tsang Yip"),
        (1, 2),
    ),
    Origin(
        5,
        _words("Ifeoma Adwoa Folasade Abena Ngozi Comfort Patience"),
        _words("Chukwuemeka Kofi Babatunde Kwabena Olumide Ebenezer"),
        _words("Adeyinka Boateng Eze Okonjo Opoku Oyelaran Asante"),
        (5, 6),
    ),
    Origin(
        5,
        _words("Hyacinth Myrtle Verona Ionie Delphine Icilda Pearline"),
        _words("Winston Everton Carlton Alphonso Desmond Egbert"),
        _words("Blackstock Cunningham-Reid Delapenha Gayle Peart Salkey Wynter"),
        (4, 5, 6),
    ),
    Origin(
        4,
        _words("Halimo Sahra Fadumo Nura Samira Zeinab"),
        _words("Abdirahman Saleh Yusuf Mahmood Hassan Nagi"),
        _words("Abdulmalik Aden Farah Jama Muqbil Nasser Warsame"),
        (3, 4, 5),
    ),
    Origin(
        4,
        _words("Sushila Kamala Nasreen Parveen Harbhajan Manjula"),
        _words("Gurdev Iqbal Mohan Rafiq Surinder Vasant"),
        _words("Chaudhry Dhaliwal Gokhale Mistry Qureshi Sandhu Trivedi"),
        (3, 4),
    ),
    Origin(
        3,
        _words("Danuta Halina Jadwiga Oksana Zofia Valentyna"),
        _words("Bogdan Kazimierz Stanislaw Taras Wladyslaw Zbigniew"),
        _words("Bielawski Domanski Hrynko Kalinowski Pawluk Wojtas"),
        (0, 1),
    ),
)

STAFF_GIVEN = _words(
    "Kayleigh Priya Agnieszka Chidi Blessing Sunita Gareth Leanne Fatima Declan Tomasz Nkechi Rhys Shanice Anita "
    "Callum Yasmin Beatriz Marta Samuel Ruth Jade Oluwaseun Karen Hamza Siobhan Natalie Joseph Mercy Ioana Craig "
    "Ling Stephanie Dawit Helen Kieran Aisha Lorraine Matteo Rebecca Emmanuel Gemma Zara Paul Divya Lauren Femi "
    "Katarzyna Abdi Michelle Rosa Liam Tendai Joanne Ebony Marcus Nadia Bronwen"
)
STAFF_SURNAMES = _words(
    "Abara Mawdsley Sharma Nowicka Thorne Rahimi Petrescu Kirkbride Owusu Lim Fearon Costigan Bhatt Whalley Yusufi "
    "Pryce Danso Ferreira Lyndon Marsden Haile Sutcliffe Okorie Brady Zielinska Hoque Lomax Varga Mbeki-Shaw Quirke "
    "Tanner Idowu Mulligan Kaur Penketh Rossi Dunbar Chikwava Fairhurst Saleem Entwistle Popa Gilroy Ncube Walmsley "
    "Alvarez Heyes Ismail Rigby Teklu Daly Burrows Ogden Nair Crosbie Elms Farooqi Hughes-Lane"
)

PREFERRED = {
    "Margaret": "Peggy",
    "Dorothy": "Dot",
    "Winifred": "Winnie",
    "Kathleen": "Kath",
    "Constance": "Connie",
    "Florence": "Flo",
    "Marjorie": "Marj",
    "Frederick": "Fred",
    "William": "Bill",
    "Thomas": "Tom",
    "Albert": "Bert",
    "Leonard": "Len",
    "Reginald": "Reg",
    "Ronald": "Ron",
    "Kenneth": "Ken",
    "Stanley": "Stan",
    "Patrick": "Paddy",
    "Cornelius": "Con",
    "Bernadette": "Bernie",
    "Sidney": "Sid",
    "Chukwuemeka": "Emeka",
    "Kwok-Wai": "Mr Kwok",
    "Wladyslaw": "Wladek",
    "Folasade": "Sade",
}

HOW_I_TAKE = (
    "One at a time with a full glass of water, sitting up.",
    "On a spoon with yoghurt, told what each one is first.",
    "Likes to pour them from the pot into my own hand.",
    "After my cup of tea, never before it. Two sugars.",
    "Please crouch down so that I can see your face. I am deaf in my left ear.",
    "I take them slowly. Please do not rush me, or leave before I have swallowed.",
    "With thickened juice (level 2). Check that my mouth is empty afterwards.",
    "I will ask what each one is for. Please tell me.",
    "In the dining room with the others, not in my room.",
    "Tablets one at a time, water through a straw.",
    "I speak little when I am tired. Show me the tablet and nod.",
    "With a spoon of jam if I make a face.",
    "I like my daughter's photograph to be near. Say good morning first.",
    "My hands shake: hold the cup with me.",
    "All together, straight from the pot, as I have done for years.",
    "Ask me twice. I often say no first and yes five minutes later.",
)
