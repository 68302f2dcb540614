/** In Dutch what connections, readers and site tell by code; the English words come with the code. */
import type { Words } from "../../../../gateway/model/told.ts";

const vanzelf = "De gateway probeert het vanzelf opnieuw.";
const netwerk = "Controleer het adres, de kabel en de voeding van het apparaat, en of een firewall de poort doorlaat.";
const naam = "Het netwerk kent deze naam niet. Controleer hem, of gebruik het IP-adres.";
const klok = "Zet de klok en tijdzone van de server of PLC goed, liefst via NTP; of verhoog clockTolerance.";
const machineAan = "Kijk of de machine aan staat en of verbinding “{connection}” verbonden is.";

export const toldInDutch: Readonly<Record<string, Words>> = {
  "modbus.wrongTable": {
    reason: "Het apparaat kent dit soort register niet (fout 1).",
    advice: "Probeer de andere tabel: “input” in plaats van “holding”, of andersom.",
  },
  "modbus.noRegister": {
    reason: "Het apparaat heeft dit register niet (fout 2).",
    advice:
      "Vergelijk met de handleiding; nummers als 40101 tellen vanaf 1, “holding 100” vanaf 0. Controleer ook het unit-id en, bij een waarde over meer registers, het type.",
  },
  "modbus.count": {
    reason: "Het apparaat weigert zoveel registers tegelijk (fout 3).",
    advice: "Verlaag maxRegisters, of kies het type dat de handleiding bij dit register noemt.",
  },
  "modbus.failure": {
    reason: "Het apparaat meldt zelf een storing (fout 4).",
    advice: "Kijk op het apparaat: het display of de log zegt waarom.",
  },
  "modbus.working": {
    reason: "Unit {unit} is er nog mee bezig (fout 5).",
    advice: "De gateway vraagt het vanzelf opnieuw.",
  },
  "modbus.busy": {
    reason: "Unit {unit} heeft het te druk (fout 6).",
    advice: "De gateway vraagt het vanzelf opnieuw; met een langer interval krijgt het apparaat meer tijd.",
  },
  "modbus.noPath": {
    reason: "De Modbus-gateway weet geen weg naar unit {unit} (fout 10).",
    advice: "Controleer het unit-id, en in de Modbus-gateway op welke seriële lijn het zit.",
  },
  "modbus.noTarget": {
    reason: "Unit {unit} achter de Modbus-gateway antwoordt niet (fout 11).",
    advice: "Controleer voeding en bedrading, en of unit-id, snelheid en pariteit bij de bus horen.",
  },
  "modbus.exception": {
    reason: "Het apparaat antwoordt met fout {exception}.",
    advice: "De handleiding van het apparaat zegt wat deze fout betekent.",
  },
  "modbus.silent": {
    reason: "Unit {unit} geeft geen bruikbaar antwoord ({detail}).",
    advice:
      "Controleer het unit-id (vaak 1, 0 of 255), en of geen ander programma de enige verbinding van het apparaat bezet houdt.",
  },
  "modbus.silentOnBus": {
    reason: "Unit {unit} geeft geen bruikbaar antwoord ({detail}).",
    advice:
      "Controleer unit-id, snelheid en pariteit, de draden A en B, de afsluitweerstand, en of er geen tweede master op de bus zit.",
  },
  "modbus.refused": {
    reason: "{where} neemt geen verbinding aan ({detail}).",
    advice: "Het apparaat is er wel, maar Modbus TCP niet: zet het aan, of controleer de poort.",
  },
  "modbus.unknownHost": { reason: "{where} is niet te vinden ({detail}).", advice: naam },
  "modbus.unreachable": { reason: "{where} is niet bereikbaar ({detail}).", advice: netwerk },
  "modbus.hangsUp": {
    reason: "{where} verbreekt de verbinding ({detail}).",
    advice: "Misschien staat het apparaat maar één verbinding toe: sluit andere programma's die het uitlezen.",
  },
  "modbus.serialForbidden": {
    reason: "{where} mag niet worden geopend ({detail}).",
    advice: "Voeg de gebruiker van de gateway toe aan de groep dialout en start de gateway opnieuw.",
  },
  "modbus.serialTaken": {
    reason: "{where} is bezet ({detail}).",
    advice: "Een ander programma heeft de seriële poort open: sluit dat.",
  },
  "modbus.serialAbsent": {
    reason: "{where} is er niet ({detail}).",
    advice: "Controleer de USB-adapter; de namen onder /dev/serial/by-id blijven altijd gelijk.",
  },
  "modbus.other": { reason: "{where} doet het niet ({detail}).", advice: vanzelf },
  "opcua.refused": {
    reason: "{endpoint} neemt geen verbinding aan ({detail}).",
    advice:
      "De machine is er wel, maar op deze poort luistert geen OPC UA-server: start hem, of controleer de poort in de machine.",
  },
  "opcua.unknownHost": { reason: "{endpoint} is niet te vinden ({detail}).", advice: naam },
  "opcua.unreachable": { reason: "{endpoint} is niet bereikbaar ({detail}).", advice: netwerk },
  "opcua.user": {
    reason: "{endpoint} weigert deze gebruiker ({detail}).",
    advice: "Controleer user.name en user.password, en of de server toegang zonder gebruiker toestaat.",
  },
  "opcua.untrusted": {
    reason: "{endpoint} vertrouwt ons certificaat nog niet ({detail}).",
    advice:
      "Zet het in de server van de geweigerde bij de vertrouwde certificaten, en controleer of beide klokken goed staan.",
  },
  "opcua.certificateTime": {
    reason: "Bij {endpoint} is een certificaat nu niet geldig ({detail}).",
    advice: "Controleer of beide klokken goed staan, en of het certificaat van de server is verlopen.",
  },
  "opcua.sessions": {
    reason: "{endpoint} staat geen sessie meer toe ({detail}).",
    advice: "Sluit andere programma's (veel PLC's staan er maar een paar toe), of verhoog de grens in de server.",
  },
  "opcua.items": {
    reason: "{endpoint} staat niet meer abonnementen of waarden toe ({detail}).",
    advice: "Sluit andere programma's, of lees minder tags.",
  },
  "opcua.noServer": {
    reason: "{endpoint} antwoordt niet als OPC UA-server ({detail}).",
    advice: "Controleer de poort: 4840 is gebruikelijk. Start de server nog op, dan komt de verbinding vanzelf.",
  },
  "opcua.security": {
    reason: "{endpoint} weigert deze beveiliging ({detail}).",
    advice: "Kies een beveiliging die de server aanbiedt.",
  },
  "opcua.address": {
    reason: "{endpoint} herkent dit adres niet als het zijne ({detail}).",
    advice: "Gebruik het adres dat in de instellingen van de server staat.",
  },
  "opcua.licence": {
    reason: "De licentie van {endpoint} staat deze verbinding niet toe ({detail}).",
    advice: "Of de proeftijd van de server is voorbij: kijk in de server.",
  },
  "opcua.other": {
    reason: "{endpoint} doet het niet ({detail}).",
    advice: `${vanzelf} De log van de server zegt misschien meer.`,
  },
  "opcua.offers": {
    reason: "{endpoint} biedt {offers}; gevraagd is beveiliging {wanted}.",
    advice:
      "Zet in de server een beveiligd adres aan, kies een beveiliging die hij wel biedt, of schrijf op een netwerk dat je vertrouwt security: { mode: none }.",
  },
  "opcua.pinned": {
    reason: "{endpoint} toont certificaat {shown}; sinds de eerste verbinding vertrouwen we {pinned}.",
    advice:
      "Is het certificaat bewust vervangen, verwijder dan {file}. Zo niet, dan antwoordt op dit adres iets anders.",
  },
  "opcua.nodeUnknown": {
    reason: "De server kent deze node niet ({status}).",
    advice:
      "Vergelijk met de adresruimte van de server; na een wijziging van het PLC-programma kunnen namen anders zijn.",
  },
  "opcua.nodeInvalid": {
    reason: "Dit is voor de server geen node-id ({status}).",
    advice: "Vergelijk met de adresruimte van de server.",
  },
  "opcua.noValue": {
    reason: "Deze node heeft geen waarde ({status}).",
    advice: "Kies de variabele die eronder hangt.",
  },
  "opcua.notReadable": {
    reason: "Deze node mag niet worden gelezen ({status}).",
    advice: "Geef in de server leesrecht op deze node.",
  },
  "opcua.forbidden": {
    reason: "Deze gebruiker mag de node niet lezen ({status}).",
    advice: "Geef hem in de server het recht, of gebruik een andere gebruiker.",
  },
  "opcua.notWatchable": {
    reason: "De server kan wijzigingen van deze node niet melden ({status}).",
    advice: "Kies een andere node met dezelfde waarde.",
  },
  "opcua.noValueYet": {
    reason: "De server heeft nog geen waarde van de machine ({status}).",
    advice: "Wacht even; blijft het zo, kijk dan of de machine aan staat.",
  },
  "opcua.behind": {
    reason: "De server heeft zelf geen verbinding met de machine erachter ({status}).",
    advice: "Zoek het aan die kant.",
  },
  "opcua.device": {
    reason: "Het apparaat achter de server meldt een storing ({status}).",
    advice: "Zoek het aan die kant.",
  },
  "opcua.sensor": {
    reason: "De sensor achter de server meldt een storing ({status}).",
    advice: "Zoek het aan die kant.",
  },
  "opcua.outOfService": {
    reason: "De bron van deze waarde is buiten bedrijf ({status}).",
    advice: "Zoek het in de machine.",
  },
  "opcua.status": {
    reason: "De server antwoordt {status}.",
    advice: "De handleiding van de server zegt wat dat voor deze node betekent.",
  },
  "opcua.namespace": {
    reason: "De server kent de namespace “{uri}” niet.",
    advice: "Naast die van de OPC Foundation heeft hij: {namespaces}",
  },
  "opcua.noNodeId": {
    reason: "“{text}” is geen node-id.",
    advice: "Schrijf het zoals de server het toont, bijvoorbeeld “ns=2;s=Line1.State”.",
  },
  "opcua.member": {
    reason: "Deze waarde past niet in één tag ({detail}).",
    advice: "Vergelijk member van de tag met de opbouw van de waarde in de server.",
  },
  "opcua.clockBehind": {
    reason: "De klok van de server loopt {size} achter; in plaats daarvan telt het moment van lezen.",
    advice: klok,
  },
  "opcua.clockAhead": {
    reason: "De klok van de server loopt {size} voor; in plaats daarvan telt het moment van lezen.",
    advice: klok,
  },
  "opcua.overflow": {
    reason:
      "De wachtrij in de server liep over en er gingen wijzigingen verloren. Neem een grotere queueSize of een kortere publishingInterval.",
  },
  "opcua.missed": { reason: "De server stuurde wijzigingen die nooit aankwamen, en heeft ze zelf niet meer." },
  "opcua.lost": { reason: "De verbinding viel weg ({detail})." },
  "edge.threw": {
    reason: "De verbinding stopte ({detail}).",
    advice: `${vanzelf} Blijft het zo, controleer dan het apparaat, het netwerk en het adres in de configuratie.`,
  },
  "edge.silent": {
    reason: "Er is verbinding, maar al {seconds} s komt er geen waarde.",
    advice: "De verbinding wordt vanzelf opnieuw opgezet. Blijft het zo, kijk dan of de machine zelf nog werkt.",
  },
  "edge.noNumber": { reason: "{value} is geen bruikbaar getal." },
  "edge.longText": { reason: "Tekst van {bytes} bytes; er worden er hooguit {most} bewaard." },
  "edge.noType": { reason: "Een waarde van het type {type} is geen getal, tekst of ja/nee." },
  "edge.restart": { reason: "De lezer is opnieuw gestart; tussen deze tijden las hij niets." },
  "edge.clockForward": { reason: "De klok is {seconds} s vooruitgezet." },
  "edge.clockBack": { reason: "De klok is {seconds} s teruggezet." },
  "edge.full": { reason: "De wachtrij was vol en de opslag bevestigde niets." },
  "edge.damagedBatch": { reason: "Een pakket in het bestand van de wachtrij was beschadigd." },
  "edge.damagedFile": {
    reason:
      "Het bestand van de wachtrij was beschadigd en is bewaard als {file}: {batches} pakketten met {samples} metingen gered, {failures} plekken onleesbaar.",
  },
  "site.edgeGone": {
    reason: "De lezer van deze verbinding draait niet, of kan de broker niet bereiken.",
    advice: "Start de lezer, of controleer het netwerk tussen de lezer en de opslag.",
  },
  "site.bad": {
    reason: "Het apparaat meldt zelf dat deze waarde niet deugt.",
    advice: "Kijk naar de machine of de sensor.",
  },
  "site.silent": { reason: "Al langer dan {seconds} s geen waarde.", advice: machineAan },
  "site.noValue": { reason: "Nog geen waarde.", advice: machineAan },
};
