"""Names for a generated population. The three sets of surnames are far from each other, so that likeness is always meant."""

MEN = tuple(
    "Aaron Adrian Barry Bernard Callum Clive Connor Curtis Darren Dean Derek Dominic Dwayne Elliot Felix Gareth Gavin "
    "Glenn Graham Hassan Howard Imran Ivan Jermaine Karl Keith Kieran Leroy Liam Marcus Nathan Nigel Omar Oscar Pavel "
    "Ranjit Ross Scott Shane Stuart Tariq Terence Trevor Tyrone Vikram Warren Wayne Yusuf Zoltan".split()
)
WOMEN = tuple(
    "Abigail Agnes Bridget Carla Chantelle Claire Danielle Denise Diana Donna Edith Ewa Fatima Fiona Gemma Grace "
    "Hannah Heather Ingrid Iris Jasmine Joanne Karen Kelly Lauren Leanne Lorna Maria Maureen Megan Naomi Natalie "
    "Olga Paula Priya Rachel Rhiannon Rita Ruth Sharon Shirley Sonia Tanya Teresa Una Valerie Wendy Yasmin Zainab".split()
)
PRISONERS = tuple(
    "Abbott Adeyemi Ahmed Appleby Bains Barlow Beckett Bhatt Birch Blackwood Bowden Bramley Brennan Bristow Buckley "
    "Carver Chadwick Chowdhury Clegg Coates Conway Cotton Crawley Cullen Dalton Dhillon Dobson Doyle Draper Dutton "
    "Eastwood Eccles Elliott Farrow Fenton Finch Flint Fogarty Frost Gallagher Garner Gibbs Goddard Gordon Greaves "
    "Gunn Haddad Hanlon Hargreaves Hobbs Holt Horton Hussain Ibrahim Ingham Jagger Jarvis Kaur Keane Kendall Khan "
    "Kirby Lacey Langley Leach Lister Lockwood Lowe Lynch".split()
)
PROTECTED = tuple(
    "Merrick Middleton Moorcroft Moynihan Nightingale Northcott Nowakowski Oakley Okonkwo Osbourne Pemberton Penhaligon "
    "Pickering Pritchard Quartermaine Quigley Radcliffe Rafferty Ramsbottom Rosenthal Rutherford Sandringham "
    "Satterthwaite Shackleton Silverstone Somerville Stapleton Summerfield Sutherland Tattersall Templeton "
    "Thistlewood Trelawney Underhill Vandenberg Vasquez".split()
)
OTHERS = tuple(
    "Waddington Wainwright Walmsley Warburton Waterhouse Weatherby Wellington Whitaker Whittington Wilkinson Winterbourne "
    "Wolstenholme Woodhouse Worthington Wrigglesworth Yardley Yelland Youngman Zielinski Zimmerman".split()
)
STREETS = tuple(
    "Alma Beech Canal Castle Cavendish Chapel Church Clarence Dale Eldon Ferry George Granville Hawthorn Lime Mill "
    "Nelson Orchard Park Priory Queen Railway School Station Tower Victoria Wellesley Wharf York".split()
)
TOWNS = {
    "BD": "Bradford", "BS": "Bristol", "CV": "Coventry", "DE": "Derby", "EX": "Exeter", "GL": "Gloucester",
    "HU": "Hull", "IP": "Ipswich", "LE": "Leicester", "LS": "Leeds", "NR": "Norwich", "OX": "Oxford", "PL": "Plymouth",
    "PR": "Preston", "SA": "Swansea", "SR": "Sunderland", "YO": "York",
}  # fmt: skip
