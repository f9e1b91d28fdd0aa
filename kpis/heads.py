"""What the heads of columns are usually called. Plain Python: no Django."""

from kpis.cells import in_words
from kpis.profile import folded

CALLED = {
    "department": "department,dept,departments,team,unit,business unit,division,organisation,organization,abteilung,"
    "bereich,agency,group",
    "kpi": "kpi,kpi code,kpi name,measure,metric,indicator,key figure,kennzahl,code,indicator name,measure name",
    "date": "date,period,day,week,week of,week starting,week beginning,datum,zeitraum,woche,tag,as of,reporting period,"
    "month year,period start,reporting date,ship date",
    "year": "year,jahr,calendar year,period year",
    "month": "month,monat,period month",
    "quarter": "quarter,quartal,qtr",
    "value": "value,actual,actuals,result,amount,figure,score,wert,ist,measured,reading,monthly actual,quantity",
    "numerator": "numerator,zähler,num,hits,achieved",
    "denominator": "denominator,nenner,den,base,out of,due,of",
    "target": "target,goal,plan,planned,soll,ziel,target value,monthly target",
    "note": "note,notes,comment,comments,remark,remarks,bemerkung,kommentar",
    "reference": "reference,ref,referenz",
}
FIELD_CALLED = {name: field for field, names in CALLED.items() for name in names.split(",")}


def field_named(head: str) -> str | None:
    """The field that a head of this name usually has."""
    return FIELD_CALLED.get(folded(head))


def named_fields(cells: list) -> set[str]:
    return {field for cell in cells if isinstance(cell, str) and (field := field_named(in_words(cell)))}
