"""Small files in the shape that registers publish, made by hand, one per recipe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import shapely


@dataclass(frozen=True)
class Register:
    """A file and what becomes of it.

    Parameters
    ----------
    file, write
        Name, and what writes it to a path.
    used, rejected, left_out
        Rows; those outside the region are none.
    sums
        Column -> its total over the places.
    kinds
        Kind -> number of places.
    reason
        Of a file that is no layer of places: the key of what is said.
    """

    file: str
    write: Callable[[Path], object]
    used: int = 0
    rejected: int = 0
    left_out: int = 0
    sums: dict[str, float] = field(default_factory=dict)
    kinds: dict[str, int] = field(default_factory=dict)
    reason: str | None = None


def _text(content: str, encoding: str = "utf-8") -> Callable[[Path], object]:
    return lambda path: path.write_text(content, encoding=encoding)


def _layer(rows: dict[str, list[object]], shapes: list[shapely.Geometry]) -> Callable[[Path], object]:
    frame = gpd.GeoDataFrame(rows, geometry=shapes, crs="EPSG:28992")
    return lambda path: frame.to_file(path, layer=path.stem)


def _square(number: int, hectares: float) -> shapely.Polygon:
    x, y, side = 110_000 + 1_000 * number, 500_000, (hectares * 10_000) ** 0.5
    return shapely.box(x, y, x + side, y + side)


_CROPS = {
    "category": ["Bouwland", "Bouwland", "Grasland", "Landschapselement"],
    "gewas": ["Tarwe, winter", "Aardappelen, consumptie", "Grasland, blijvend", "Heg"],
    "gewascode": [233, 2014, 265, 343],
    "jaar": [2024] * 4,
    "status": ["Definitief"] * 4,
}
_PARCELS = [_square(number, 2.0 + number) for number in range(4)]
_BUILDINGS = {
    "lokaalid": [f"NL.TOP10NL.{number}" for number in range(5)],
    "typegebouw": ["kas", "kas, warenhuis", "kas|overig", "fabriek", "overig"],
    "fysiekvoorkomen": ["op vast deel van brug"] * 5,
    "hoogteklasse": ["laagbouw"] * 5,
    "bronactualiteit": ["2023-04-01"] * 5,
    "visualisatiecode": [13000] * 5,
    "status": ["in gebruik"] * 4 + ["buiten gebruik"],
}
_DRAWN = [_square(number, 10.0) for number in range(5)]
_ROAD = shapely.LineString([(110_000, 500_000), (111_000, 500_000)])

REGISTERS: dict[str, Register] = {
    "brp": Register("percelen.gpkg", _layer(_CROPS, _PARCELS), used=2, left_out=2, sums={"arable_ha": 5.0}),
    "brp_graan": Register("graan.gpkg", _layer(_CROPS, _PARCELS), used=1, left_out=3, sums={"grain_ha": 2.0}),
    "top10nl_kassen": Register(
        "kassen.gpkg",
        _layer(_BUILDINGS, _DRAWN),
        used=3,
        left_out=2,
        sums={"glass_ha": 30.0 * 0.815},
        kinds={"greenhouse": 3},
    ),
    "top10nl_gebouwen": Register(
        "gebouwen.gpkg", _layer(_BUILDINGS, _DRAWN), used=1, left_out=4, kinds={"industry": 1}
    ),
    "bag": Register(
        "panden.gpkg",
        _layer(
            {
                "identificatie": ["0363100012061123", "0363100012061124", "0363100012061125"],
                "bouwjaar": [1978, 1999, 2005],
                "status": ["Pand in gebruik"] * 3,
                "gebruiksdoel": ["winkelfunctie,woonfunctie", "kantoorfunctie", "woonfunctie"],
                "aantal_verblijfsobjecten": [120, 80, 2],
            },
            [_square(number, 0.2) for number in range(3)],
        ),
        used=1,
        left_out=2,
        sums={"houses": 120},
    ),
    "nwb": Register(
        "wegvakken.gpkg",
        _layer(
            {
                "WVK_ID": [1, 2],
                "WEGBEHSRT": ["G", "R"],
                "WEGBEHNAAM": ["Alkmaar", "Rijkswaterstaat"],
                "BST_CODE": ["RB", "HR"],
                "STT_NAAM": ["Laan", "A9"],
            },
            [_ROAD, _ROAD],
        ),
        reason="use_roads",
    ),
    "gwsw_rwzi": Register(
        "bouwwerken.gpkg",
        _layer(
            {
                "uri": ["http://data.gwsw.nl/a", "http://data.gwsw.nl/b"],
                "naam": ["rwzi Beverwijk", "gemaal Zuid"],
                "type": ["Rioolwaterzuiveringsinrichting", "Rioolgemaal"],
                "dataset": ["HHNK", "HHNK"],
            },
            [shapely.Point(105_000, 500_000), shapely.Point(106_000, 500_000)],
        ),
        used=1,
        left_out=1,
        kinds={"rwzi": 1},
    ),
    "natura2000": Register(
        "natuur.gpkg",
        _layer(
            {
                "naam_n2k": ["Eilandspolder", "Eilandspolder"],
                "nr": [89, 89],
                "beschermin": ["HR", "VR+HR"],
                "sitecode_v": [None, "NL9801018"],
                "sitecode_h": ["NL9801018", "NL9801018"],
            },
            [_square(0, 1_000.0), _square(1, 1_000.0)],
        ),
        reason="use_background",
    ),
    "warmtenetten": Register(
        "netten.gpkg",
        _layer(
            {
                "buurt_code": ["BU03610101"],
                "buurt_naam": ["Stadshart"],
                "gemeente_naam": ["Alkmaar"],
                "aantal_woningen": [1_200],
                "percentage_stadsverwarming": [40],
                "collectie_jaar": [2019],
            },
            [_square(0, 1_000.0)],
        ),
        reason="use_background",
    ),
    "netcongestie": Register(
        "vol.gpkg", _layer({"gebied": ["Alkmaar"]}, [_square(0, 1_000.0)]), reason="nothing_counts"
    ),
    "waterschappen": Register(
        "waterschappen.gpkg",
        _layer(
            {
                "nationalCode": ["0155"],
                "nationalLevel": [
                    "http://inspire.ec.europa.eu/codelist/AdministrativeHierarchyLevel/4thOrder"
                ],
                "nationalLevelName": ["Waterschap"],
                "country": ["NL"],
                "beginLifespanVersion": ["2024-01-01"],
            },
            [_square(0, 1_000.0)],
        ),
        reason="use_boundary",
    ),
    "ibis": Register(
        "terreinen.gpkg",
        _layer(
            {
                "RIN_NUMMER": ["NH001", "NH002"],
                "JAAR": [2023, 2023],
                "PLAN_NAAM": ["Beverkoog", "Boekelermeer"],
                "GEM_CODES": ["0361", "0361"],
                "HA_BRUTO": [60.0, 110.0],
                "HA_NETTO": [48.0, 88.0],
            },
            [_square(number, 60.0) for number in range(2)],
        ),
        used=2,
        kinds={"business_park": 2},
    ),
    "warmteatlas_restwarmte": Register(
        "restwarmte.csv",
        _text(
            "type,naam,bron_id,waarde,vermogen,subtype,lon,lat\n"
            "ResidualHeatSourcePotential,,liggingindustrieco2.9,29250,,INDUSTRIAL,4.8471,52.4053\n"
            "ResidualHeatSourcePotential,,liggingindustrieco2.8,0,,INDUSTRIAL,4.7471,52.4053\n"
            "GeothermalSource,,geo.1,100,,DEEP,4.7971,52.4053\n"
        ),
        used=2,
        left_out=1,
        sums={"fuel_gj_y": 29_250_000},
        kinds={"industry": 2},
    ),
    "uwwtd": Register(
        "t_uwwtps.csv",
        _text(
            "uwwState,rptMStateKey,uwwCode,uwwName,uwwLatitude,uwwLongitude,uwwLoadEnteringUWWTP,uwwCapacity\n"
            "1,NL,NL1,BEVERWIJK,52.47,4.68,250000,330000\n"
            "0,NL,NL2,OUD WEST,52.48,4.70,0,20000\n"
            "1,NL,NL3,ZONDER PLAATS,,,10000,12000\n",
            "latin-1",
        ),
        used=2,
        rejected=1,
        sums={"capacity_pe60": 350_000, "load_pe60": 250_000},
        kinds={"rwzi": 2},
    ),
    "eea_industrie": Register(
        "f1_4.csv",
        _text(
            "PublicationDate,countryName,reportingYear,EPRTR_SectorCode,EPRTR_SectorName,FacilityInspireId,facilityName,"
            "city,Longitude,Latitude,TargetRelease,Pollutant,Releases,confidentialityReason\n"
            '2025,Netherlands,2023,8,Food,NL.A/1,"Zuivel, N",Alkmaar,4.75,52.63,AIR,Carbon dioxide (CO2),120000000,\n'
            '2025,Netherlands,2022,8,Food,NL.A/1,"Zuivel, N",Alkmaar,4.75,52.63,AIR,Carbon dioxide (CO2),110000000,\n'
            '2025,Netherlands,2023,8,Food,NL.A/1,"Zuivel, N",Alkmaar,4.75,52.63,AIR,Nitrogen oxides (NOX),150000,\n'
            "2025,Netherlands,2023,4,Chemical,NL.A/2,Chemie,Velsen,4.62,52.46,AIR,Carbon dioxide (CO2),300000000,\n"
            "2025,Belgium,2023,4,Chemical,BE.A/1,Chimie,Gent,3.75,51.10,AIR,Carbon dioxide (CO2),900000000,\n"
        ),
        used=2,
        left_out=3,
        sums={"co2_emission_t_y": 420_000},
        kinds={"industry": 2},
    ),
    "emissieregistratie": Register(
        "er_bedrijven.csv",
        _text(
            "DATASET;EMISSIEJAAR;NIC;BEDRIJF;POSTCODE;XCOORD;YCOORD;SBI_CODE;DOELGROEP;STOFCODE;STOF;EENHEID;EMISSIE\n"
            "ER;2022;100;Zuivel Noord;1811AA;111000;516000;1051;Voeding;7;Koolstofdioxide;kg;1000000\n"
            "ER;2022;100;Zuivel Noord;1811AA;111000;516000;1051;Voeding;7;Koolstofdioxide;kg;500000\n"
            "ER;2021;100;Zuivel Noord;1811AA;111000;516000;1051;Voeding;7;Koolstofdioxide;kg;900000\n"
            "ER;2022;200;Papier;1951AA;105000;500000;1712;Papier;7;Koolstofdioxide;kg;2000000\n"
            "ER;2022;200;Papier;1951AA;105000;500000;1712;Papier;9;Stikstofoxiden;kg;2000\n"
        ),
        used=2,
        left_out=3,
        sums={"co2_emission_t_y": 3_500},
        kinds={"industry": 1, "paper_mill": 1},
    ),
    "osm": Register(
        "osm.gpkg",
        _layer(
            {
                "osm_id": ["1", "2", "3"],
                "name": ["Kas", None, "AH"],
                "landuse": ["greenhouse_horticulture", "industrial", None],
                "building": [None, None, "retail"],
                "man_made": [None, "wastewater_plant", None],
                "amenity": [None, None, None],
                "shop": [None, None, "supermarket"],
            },
            [_square(0, 5.0), _square(1, 8.0), _square(2, 0.2)],
        ),
        used=3,
        sums={"glass_ha": 5.0},
        kinds={"greenhouse": 1, "rwzi": 1, "building": 1},
    ),
    "cbs_gemeenten": Register(
        "gemeenten.csv",
        _text("gm_code;gm_naam;inwoners\nGM0361;Alkmaar;111766\nGM0375;Beverwijk;42857\nGM9999;Nergens;1\n"),
        used=2,
        rejected=1,
        sums={"inhabitants": 154_623},
    ),
    "cbs_regionale_kerncijfers": Register(
        "70072ned.csv",
        _text(
            '"ID";"RegioS";"Perioden";"TotaleBevolking_1"\n'
            '1;"NL01  ";"2024JJ00";17942942\n2;"PV27  ";"2024JJ00";2952622\n'
            '3;"GM0361";"2023JJ00";111000\n4;"GM0361";"2024JJ00";111766\n5;"GM0375";"2024JJ00";       .\n'
        ),
        used=2,
        left_out=3,
        sums={"inhabitants": 111_766},
    ),
    "cbs_wijken_buurten": Register(
        "85618NED.csv",
        _text(
            '"WijkenEnBuurten";"Gemeentenaam_1";"SoortRegio_2";"Codering_3";"AantalInwoners_5"\n'
            '"GM0361    ";"Alkmaar   ";"Gemeente  ";"GM0361    ";111766\n'
            '"WK036101  ";"Alkmaar   ";"Wijk      ";"WK036101  ";20000\n'
            '"BU03610101";"Alkmaar   ";"Buurt     ";"BU03610101";1500\n'
        ),
        used=1,
        left_out=2,
        sums={"inhabitants": 111_766},
    ),
    "lisa": Register(
        "lisa.csv",
        _text(
            "lisanr;kvkdosnr;naam;straat;huisnr;postcode;plaats;banen;grtklas;bronjaar;xcoord;ycoord;gemnr;sectie;sbi08\n"
            "1;01234567;Bakkerij;Kade;1;1811AB;Alkmaar;25;4;2024;111000;516000;0361;C;10710\n"
            "2;01234568;Supermarkt;Kade;2;1811AB;Alkmaar;60;5;2024;111500;516000;0361;G;47110\n"
            "3;01234569;Zonder plek;;;;;6;2;2024;;;0361;G;47110\n"
        ),
        used=2,
        rejected=1,
        sums={"jobs": 85, "establishments": 2},
        kinds={"industry": 1, "building": 1},
    ),
    "kvk": Register(
        "vestigingen.csv",
        _text(
            "vestigingsnummer,kvkNummer,eersteHandelsnaam,sbiCode,totaalWerkzamePersonen,rijksdriehoekX,rijksdriehoekY\n"
            "000012345678,01234567,Kwekerij,01132,12,111000,516000\n"
            "000012345679,01234568,Hotel,5510,40,111400,516000\n"
        ),
        used=2,
        sums={"jobs": 52},
        kinds={"greenhouse": 1, "building": 1},
    ),
    "hotmaps_industrial": Register(
        "hotmaps.csv",
        _text(
            "SiteID;CompanyName;SiteName;Country;geom;Subsector;Emissions_ETS_2014;Excess_Heat_Total\n"
            "1;A;Papier;Netherland;SRID=4326;POINT(4.68 52.47);Paper and printing;5000;10.5\n".replace(
                "SRID=4326;POINT(4.68 52.47)", '"SRID=4326;POINT(4.68 52.47)"'
            )
            + '2;B;Staal;Netherland;"SRID=4326;POINT(4.60 52.47)";Iron and steel;6000;0.0\n'
            + "3;C;Chemie;Netherland;;Chemical industry;7000;2\n"
        ),
        used=2,
        rejected=1,
        sums={"supply_restwarmte_ht_gj_y": 37_800, "co2_emission_t_y": 11_000},
    ),
    "eprtr_v7": Register(
        "eprtr.csv",
        _text(
            "FacilityReportID,FacilityID,FacilityName,Lat,Long,MainIAActivityCode\n"
            "840,5889,Hemweg,52.40,4.84,EPER_1.1\n841,5889,Hemweg,52.40,4.84,EPER_1.1\n842,5890,Velsen,52.47,4.63,EPER_1.1\n"
        ),
        used=2,
        left_out=1,
    ),
    "wri_powerplants": Register(
        "centrales.csv",
        _text(
            "Power Plant ID,Name,Fuel,Capacity (MW),Latitude,Longitude\n"
            "1,HEMWEG,Natural gas,435,52.40,4.84\n2,ONBEKEND,Coal,600,,\n"
        ),
        used=1,
        rejected=1,
        kinds={"power_plant": 1},
    ),
    "lma_ontvangst": Register(
        "ontvangst.csv",
        _text(
            "Ontdoener;Herkomst_Postcode;Verwerker;Verwerker_Postcode;VerwerkingsmethodeCode;EuralCode;Gewicht_KG;"
            "MeldPeriodeJAAR;Herkomst_X;Herkomst_Y\n"
            "Sloper BV;1811AA;Breker;1951BB;C01;170101;400000;2024;111000;516000\n"
            "Sloper BV;1811AA;Breker;1951BB;C01;170107;100000;2024;111000;516000\n"
            "Bouwer NV;1812AA;Overslag Noord;1900CC;A02;170201;90000;2024;112000;516000\n"
            "Overslag Noord;1900CC;Centrale;1951DD;B04;170201;60000;2024;106000;505000\n"
            "Overslag Noord;1900CC;Spaanplaat;1951EE;B05;170201;30000;2024;106000;505000\n"
            "Overslag Noord;1900CC;Smelter;1951FF;D04;170405;5000;2024;106000;505000\n"
            "Kliniek;1813AA;Oven;1951GG;F02;180103;2000;2024;113000;516000\n"
        ),
        used=4,
        left_out=3,
        sums={
            "supply_betonpuin_t_y": 500,
            "free_supply_betonpuin_t_y": 0,
            "supply_sloophout_t_y": 90,
            "free_supply_sloophout_t_y": 60,
            "supply_metalen_t_y": 5,
        },
    ),
    "lma_afgifte": Register(
        "afgifte.csv",
        _text(
            "Afzender;Afzender_Postcode;Ontvanger;Ontvanger_Postcode;VerwerkingsmethodeCode;EuralCode;Gewicht_KG;"
            "MeldPeriodeJAAR;Afzender_X;Afzender_Y\n"
            "Sorteerder;1951AA;Centrale;1951DD;F01;191207;60000;2024;106000;505000\n"
            "Sorteerder;1951AA;Breker;1951BB;C01;191209;200000;2024;106000;505000\n"
        ),
        used=1,
        left_out=1,
        sums={"free_supply_sloophout_t_y": 60, "supply_betonpuin_t_y": 200},
        kinds={"cdw_sorter": 1},
    ),
    "cbs_huishoudelijk_afval": Register(
        "83452NED.csv",
        _text(
            "jaar,gemeentecode,gemeente,inwoners,afvalsoort,kg_per_inwoner,ton\n"
            "2018,GM0361,Alkmaar,108470,Totaal huishoudelijk afval,480,52000\n"
            "2018,GM0361,Alkmaar,108470,GFT-afval,80,8600\n"
            "2018,GM0361,Alkmaar,108470,Textiel,4.4,477\n"
            "2018,GM0361,Alkmaar,108470,PMD-fractie,,\n"
            "2017,GM0361,Alkmaar,108000,GFT-afval,79,8500\n"
            "2018,GM0375,Beverwijk,41000,GFT-afval,60,2460\n"
        ),
        used=2,
        left_out=4,
        sums={"supply_gft_t_y": 11_060, "supply_textiel_t_y": 477},
        kinds={"municipality": 2},
    ),
}
