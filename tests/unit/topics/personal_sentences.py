"""Sentences as people write them: those that are their member's alone, and those that are talk of work."""

PERSONAL_EN = """
I lost my job last week and am looking around
Got laid off on Friday
I was fired, so I have time for side projects
Currently unemployed and learning Python
Between jobs, redesigning my portfolio
They let me go in March
I've been made redundant after twelve years
I'm in debt and selling my camera
We can't pay our rent, so I take any freelance work
I can't pay my rent this month
My company went bankrupt
Sorting out money problems and a podcast
I'm broke, any paid gigs?
I have MS, so I work short days
Living with multiple sclerosis
My wife has MS
My epilepsy makes screens hard
I'm epileptic, please no strobe lights
Doing chemo, back in spring
Third round of chemotherapy
Recovering from breast cancer
My mother has cancer
Waiting for my biopsy
I'm diabetic and building a recipe app
I have type 1 diabetes
HIV positive and fine with it
My dad has Parkinson's
Long covid keeps me at home
I have chronic pain and work lying down
Fibromyalgia again, sorry
I'm deaf, please write to me
As a blind developer I test screen readers
I use a wheelchair user group for tips
I'm dyslexic
Had a heart attack last year
I had surgery on my knee
My meds make me slow
I'm sick today
I've been diagnosed with lupus
Depressed lately, but designing again
I'm bipolar and honest about it
I had a panic attack on the train
Living with PTSD
I have ADHD and love short sprints
My son is autistic
I'm autistic
Recovering from an eating disorder
I used to self-harm
I feel suicidal some days
Seeing a psychiatrist on Tuesdays
My therapist says I should rest
I have an appointment with my psychologist
Burned out, easing into work
I'm pregnant, due in May
We had a miscarriage in January
IVF takes all my time
I had an abortion
Trying for a baby
Addicted to alcohol for years
I'm sober for two years now
Back from rehab
My brother is an addict
I'm a recovering alcoholic and write about it
Going to an AA meeting at noon
Just divorced, two kids
I'm going through a divorce
Fighting for custody of my daughter
My father died in spring
My husband passed away
I'm grieving, so bear with me
Lost my mother in June
I'm gay and looking for a choir
As a trans woman I want to meet allies
I'm trans
I'm bi, by the way
Came out as lesbian this year
My church needs a new website
I go to the mosque on Fridays
As a Muslim founder I avoid interest
I'm Jewish
Raised by Jehovah's Witnesses
I'm a member of the Labour Party
Campaigning for the Green Party
I joined the union at work
I'm the union rep here
As a black woman in tech
I'm of Moroccan descent
I was arrested at a demonstration
Just out of prison, learning to weld
I was sexually assaulted
My ex hits me, he hits me often
I was mugged on Monday
I'm an asylum seeker from Syria
As a refugee I look for mentors
My residence permit expires in June
We got an eviction notice
I'm homeless and sleeping in my car
Handed in my notice because of stress
Maxed out my credit cards
My hearing is getting worse
I relapsed in March
Buried my grandmother on Monday
My visa runs out in June
Working on React, Vue, Angular, Python, Java, Rust, Kubernetes and my burnout
""".strip().splitlines()

PERSONAL_NL = """
Ik ben mijn baan kwijt
Ik ben ontslagen en zoek freelancewerk
Ik ben werkloos
Sinds mei in de WW
Werkloos, dus tijd voor mijn roman
Ik ben werkzoekend
Ik heb schulden bij de belasting
Zit in de schuldsanering
Ik ben failliet gegaan
We hebben geldzorgen
Ik leef van een uitkering
Zit in de bijstand en maak meubels
Ik heb MS
Mijn vrouw heeft MS
Ik heb epilepsie
Ik ben epileptisch
Begin morgen met chemo
Mijn vader heeft kanker
Ik ben net hersteld van borstkanker
Ik heb diabetes type 1
Ik ben diabeet
Ik ben chronisch ziek
Ik zit in de ziektewet
Ziek thuis deze week
Ik heb de ziekte van Parkinson
Ik heb chronische pijn
Ik ben doof
Als blinde vrouw test ik websites
Ik ben slechtziend en maak podcasts
Ik zit in een rolstoel
Ik ben arbeidsongeschikt
Herstellend van een hersenbloeding
Ik ben depressief
Ik heb een bipolaire stoornis
Ik had een paniekaanval in de trein
Ik heb PTSS
Mijn zoon is autistisch
Ik ben autist
Ik heb ADHD en werk in korte blokken
Ik zit thuis met een burn-out
Ik ben overspannen
Ik loop bij een psychiater
Elke dinsdag naar de psycholoog
Ik ben zwanger
We hadden een miskraam
We zitten in een IVF-traject
Ik ben verslaafd aan alcohol
Ik ben gestopt met drinken
Net terug uit de afkickkliniek
Ik ben gescheiden en woon weer alleen
Pas gescheiden, twee kinderen
We liggen in een vechtscheiding
Mijn vader is overleden
Ik ben in de rouw
Ik ben homo
Ik ben lesbisch
Ik ben trans
Als transvrouw zoek ik een koor
Ik ben moslim
Zondag naar de kerk, maandag weer code
Ik ben lid van GroenLinks
Ik stem PVV
Ik ben vakbondslid
Lid van de vakbond, dus ik staak morgen, staking dus
Ik ben Marokkaans
Ik heb een migratieachtergrond
Ik heb een strafblad
Ik heb in de gevangenis gezeten
Ik ben mishandeld door mijn ex
Ik ben als asielzoeker gekomen
Mijn verblijfsvergunning verloopt
Ik ben dakloos
We zijn uit huis gezet
Ik denk aan zelfmoord
Mijn ex en ik delen de zorg
Ik kan de rekeningen niet meer betalen
We verwachten ons eerste kindje
Actief bij de SP
Ik heb een Turkse achtergrond
We moeten ons huis uit
""".strip().splitlines()

WORK_EN = """
AI for diabetes care
An app for people with diabetes
Cancer research with machine learning
Early detection of breast cancer from images
A mental health app for students
Chatbot for mental health services
Software for dementia care homes
Autism research and sensors
Wearables for epilepsy detection
Machine learning on diabetes data
A startup in cancer screening
Designing for users who are deaf
Accessible websites for people with dyslexia
Health insurance pricing
Health check endpoints in Kubernetes
Project health dashboards
Blind test of two synthesizers
A double blind trial of our recommender
Blind tasting of natural wines
Our burn rate and runway
Burn-down charts for the team
Union types in Python
Union find in Rust
A credit union in the neighbourhood
Tagged unions in TypeScript
Depressed prices in the wool market
Church encoding in Haskell
Trans-Atlantic shipping routes
Query takes 200 ms instead of 5 ms
I have 5 ms latency in my API
MS Teams and MS Office migration
I have MS SQL questions
My MS Project plan
BI dashboards for retail
BI, data warehouses and reporting
Working on BI tooling
Fired up about the new kiln
Pottery fired at low temperature
The event was fired twice
Separated concerns in my React code
Technical debt in our monolith
Venture debt for startups
Chain of custody for wood
Custody wallets for crypto
Staking rewards on Ethereum
Gene therapy patents
Bipolar transistors in an amplifier
Belief propagation on graphs
Leader election with Raft
Abuse detection for chat
Rate limit abuse on our API
Analysis paralysis in product teams
Kernel panic on my Raspberry Pi
My partner is a photographer
My wife and I run a bakery
I lost my notes on typography
My son is learning Scratch
My friend is a carpenter
I have an interview with a newspaper
Seeing a publisher about my novel
Going to a hackathon
I'm clean coding a backend
I get a lot of energy from teaching
Visual aid design for museums
I'm conservative with memory in Rust
I got a new camera
I let go of the old design
We broke up the monolith into services
Eviction policy of the cache
Pods are evicted from the cluster
Redundancy in storage systems
Dead letter queues in Kafka
The child process died again
A black box test of the model
I'm running a workshop on leather
My boyfriend and I restore boats
I am a nurse and like data
I'm a cancer researcher
Sick of meetings, building a bot
Pain points of freelancers
I'm looking for a designer
""".strip().splitlines()

WORK_NL = """
AI voor diabeteszorg
Een app voor mensen met diabetes
Onderzoek naar kanker met machine learning
Kankeronderzoek en data
Software voor dementiezorg
Een platform voor mentale gezondheid
App voor mensen met autisme
Sensoren voor ouderen met dementie
Websites toegankelijk voor blinden maken
Dashboards voor het ziekenhuis
Zorgtechnologie en privacy
De overgang naar de cloud
Overgang van Drupal naar WordPress
Ik geloof dat ons ontwerp werkt
Ik geloof niet dat dit schaalt
Scheiding van afval op kantoor
Scheiding tussen data en presentatie
Gescheiden afval inzamelen
Gescheiden omgevingen voor test en productie
Technische schuld in onze code
Technische schulden wegwerken
Crypto staking uitleggen
Blind test van twee microfoons
MS Teams uitrollen
Query duurt 200 ms
BI dashboards voor de gemeente
BI en datawarehouses
Burn rate en runway
Union types in TypeScript
Vakantiehuis verbouwen
Ik ben bezig met een roman
Ik heb een webshop in wijn
Ik ben fotograaf
Ik ben als ontwikkelaar begonnen
Ik heb als vrijwilliger een buurttuin
Mijn partner bakt brood
Mijn zoon leert programmeren
Mijn vriend is timmerman
Naar de beurs in Utrecht
Bij de gemeente werk ik aan data
Afspraak met een uitgever
Links onder op de pagina
Ik werk aan een podcast over vogels
Ik voel me thuis in React
Sober ontwerp voor een museum
Ik ben trots op mijn nieuwe site
Mijn man en ik restaureren boten
Mijn moeder maakt keramiek
Ik zoek een illustrator
Uitrollen van een nieuw CRM
Verloren voorwerpen registreren
Wet van Parkinson in projecten
Ik ben docent Nederlands
Ziek van vergaderingen, ik bouw een bot
Verslaafd aan koffie en typografie
Werken met bijen en honing
Trans-Atlantische handel
Kerncijfers voor de directie
Ik ben nieuw hier en zoek een bureau
Heb een idee voor een boekenclub
Mijn ex-collega start een brouwerij
Rust en Go vergelijken
Zwarte lijst van domeinen
Een vertaling van een kookboek
Lessen geven in keramiek
Belastingaangifte voor freelancers
""".strip().splitlines()
