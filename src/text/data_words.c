#include "text/data_words.h"

#include <string.h>

#include "base/ascii.h"

static const struct data_words languages[] = {
	{
		.common = "the,of,and,is,in,to,for,with,are,was,by,on,has",
		.stats =
			{
				[DATA_MEAN] = "mean,average",
				[DATA_MEDIAN] = "median",
				[DATA_MIN] = "minimum,min,lowest,smallest",
				[DATA_MAX] = "maximum,max,highest,largest",
				[DATA_SUM] = "total,sum",
				[DATA_SD] = "standard deviation",
			},
		.parts = "per,by,each,every,excluding,except,without,after,"
			 "before,until,since,if,when,where,among,between,from,"
			 "during,only,other,than,more,less,change,changed,"
			 "difference,increase,decrease,rose,fell,grew,slope,"
			 "trend,forecast,expected,predicted,not,nearly,rows,"
			 "months,days,daily,weekly,monthly,quarterly,annual,"
			 "yearly,january,february,march,april,may,june,july,"
			 "august,september,october,november,december,quarter,"
			 "half,first,last,second,third,outlier,outliers,"
			 "weighted,log,group,category,segment,top,bottom",
		.thousands = "thousand",
		.millions = "million",
		.billions = "billion",
	},
	{
		.common = "der,die,das,und,ist,von,mit,bei,ein,eine,den,im,auf,"
			  "nicht,sind,wird,liegt,zu,beträgt",
		.stats =
			{
				[DATA_MEAN] =
					"mittelwert,durchschnitt,"
					"durchschnittlich,durchschnittliche",
				[DATA_MEDIAN] = "median",
				[DATA_MIN] = "minimum,kleinste,kleinster,"
					     "niedrigste,niedrigster",
				[DATA_MAX] = "maximum,höchste,höchster,größte,"
					     "größter",
				[DATA_SUM] =
					"summe,gesamtsumme,insgesamt,gesamt",
				[DATA_SD] = "standardabweichung",
			},
		.parts = "pro,je,jede,jeder,jedes,jeden,ohne,außer,nach,vor,"
			 "bis,seit,wenn,falls,unter,zwischen,in,im,am,bei,für,"
			 "während,nur,andere,anderen,als,mehr,weniger,"
			 "änderung,Änderung,differenz,unterschied,anstieg,"
			 "zunahme,abnahme,rückgang,stieg,sank,fiel,wuchs,"
			 "steigung,trend,prognose,erwartet,erwartete,nicht,"
			 "kein,keine,fast,zeilen,monat,monate,monaten,tag,"
			 "tage,tagen,täglich,wöchentlich,monatlich,jährlich,"
			 "quartal,halbjahr,erste,ersten,letzte,letzten,zweite,"
			 "zweiten,dritte,dritten,ausreißer,gewichtet,"
			 "gewichtete,gruppe,kategorie,segment,prozent,januar,"
			 "februar,märz,april,mai,juni,juli,august,september,"
			 "oktober,november,dezember",
		.thousands = "tausend,tsd",
		.millions = "million,millionen,mio",
		.billions = "milliarde,milliarden,mrd",
		.spaced = true,
	},
	{
		.common = "le,la,les,des,et,est,une,un,dans,avec,sur,du,que,"
			  "aux,sont,de",
		.stats =
			{
				[DATA_MEAN] = "moyenne",
				[DATA_MEDIAN] = "médiane,mediane",
				[DATA_MIN] = "minimum,minimale",
				[DATA_MAX] = "maximum,maximale",
				[DATA_SUM] = "total,totale,somme",
				[DATA_SD] = "écart-type,Écart-type,écart "
					    "type,Écart type",
			},
		.parts = "par,chaque,sans,sauf,hors,après,avant,jusqu,depuis,"
			 "si,quand,lorsque,où,parmi,entre,pendant,seulement,"
			 "seul,seule,autre,autres,plus,moins,variation,"
			 "différence,hausse,baisse,augmentation,diminution,"
			 "pente,tendance,prévision,prévu,prévue,pas,presque,"
			 "lignes,mois,jour,jours,quotidien,quotidienne,"
			 "hebdomadaire,mensuel,mensuelle,annuel,annuelle,"
			 "trimestre,semestre,premier,première,dernier,"
			 "dernière,deuxième,troisième,aberrant,aberrante,"
			 "aberrantes,pondérée,groupe,catégorie,segment,en,"
			 "dans,pour,au,janvier,février,mars,avril,mai,juin,"
			 "juillet,août,septembre,octobre,novembre,décembre",
		.thousands = "mille,millier,milliers",
		.millions = "million,millions",
		.billions = "milliard,milliards",
		.spaced = true,
	},
	{
		.common = "el,la,los,las,de,es,en,una,un,con,para,del,que,son",
		.stats =
			{
				[DATA_MEAN] = "media,promedio",
				[DATA_MEDIAN] = "mediana",
				[DATA_MIN] = "mínimo,mínima",
				[DATA_MAX] = "máximo,máxima",
				[DATA_SUM] = "total,suma",
				[DATA_SD] =
					"desviación estándar,desviación típica",
			},
		.parts = "por,cada,sin,excepto,salvo,después,antes,hasta,"
			 "desde,si,cuando,donde,entre,durante,solo,sólo,"
			 "solamente,otro,otra,otros,otras,más,menos,cambio,"
			 "variación,diferencia,aumento,descenso,disminución,"
			 "pendiente,tendencia,pronóstico,previsto,prevista,no,"
			 "casi,filas,mes,meses,día,días,diario,diaria,semanal,"
			 "mensual,anual,trimestre,semestre,primer,primera,"
			 "primero,último,última,segundo,segunda,tercer,"
			 "tercera,atípico,atípicos,ponderada,grupo,categoría,"
			 "segmento,en,para,enero,febrero,marzo,abril,mayo,"
			 "junio,julio,agosto,septiembre,octubre,noviembre,"
			 "diciembre",
		.thousands = "mil",
		.millions = "millón,millones",
		.billions = "mil millones",
		.spaced = true,
	},
	{
		.common = "os,as,é,de,em,uma,um,com,do,da,dos,das,que,"
			  "são,não",
		.stats =
			{
				[DATA_MEAN] = "média",
				[DATA_MEDIAN] = "mediana",
				[DATA_MIN] = "mínimo,mínima",
				[DATA_MAX] = "máximo,máxima",
				[DATA_SUM] = "total,soma",
				[DATA_SD] = "desvio padrão,desvio-padrão",
			},
		.parts = "por,cada,sem,exceto,após,depois,antes,até,desde,se,"
			 "quando,onde,entre,durante,apenas,só,outro,outra,"
			 "outros,outras,mais,menos,mudança,variação,diferença,"
			 "aumento,queda,redução,inclinação,tendência,previsão,"
			 "previsto,prevista,não,quase,linhas,mês,meses,dia,"
			 "dias,diário,diária,semanal,mensal,anual,trimestre,"
			 "semestre,primeiro,primeira,último,última,segundo,"
			 "segunda,terceiro,terceira,discrepante,discrepantes,"
			 "ponderada,grupo,categoria,segmento,em,no,na,nos,nas,"
			 "para,janeiro,fevereiro,março,abril,maio,junho,julho,"
			 "agosto,setembro,outubro,novembro,dezembro",
		.thousands = "mil",
		.millions = "milhão,milhões",
		.billions = "mil milhões,bilhão,bilhões",
		.spaced = true,
	},
	{
		.common = "il,lo,la,gli,di,è,una,un,con,che,del,della,dei,"
			  "sono,le",
		.stats =
			{
				[DATA_MEAN] = "media",
				[DATA_MEDIAN] = "mediana",
				[DATA_MIN] = "minimo,minima",
				[DATA_MAX] = "massimo,massima",
				[DATA_SUM] = "totale,somma",
				[DATA_SD] = "deviazione standard",
			},
		.parts = "per,ogni,ciascun,senza,tranne,escluso,esclusi,dopo,"
			 "prima,fino,da,dal,se,quando,dove,tra,fra,durante,"
			 "solo,soltanto,altro,altra,altri,altre,più,meno,"
			 "variazione,differenza,aumento,calo,riduzione,"
			 "diminuzione,pendenza,tendenza,previsione,previsto,"
			 "prevista,non,quasi,righe,mese,mesi,giorno,giorni,"
			 "giornaliero,giornaliera,settimanale,mensile,annuale,"
			 "annuo,annua,trimestre,semestre,primo,ultimo,ultima,"
			 "secondo,seconda,terzo,terza,anomalo,anomali,"
			 "ponderata,gruppo,categoria,segmento,in,nel,nella,"
			 "nei,a,gennaio,febbraio,marzo,aprile,maggio,giugno,"
			 "luglio,agosto,settembre,ottobre,novembre,dicembre",
		.thousands = "mila",
		.millions = "milione,milioni",
		.billions = "miliardo,miliardi",
		.spaced = true,
	},
};

enum { LANGUAGES = sizeof(languages) / sizeof(languages[0]) };

static bool in_list(const char *list, struct span word)
{
	struct span rest = span_str(list);
	char lower[16];
	size_t i;

	if (word.n > sizeof(lower))
		return false;
	for (i = 0; i < word.n; i++)
		lower[i] = ascii_lower(word.p[i]);
	while (rest.n > 0) {
		struct span one = span_cut(&rest, ',');

		if (one.n == word.n && memcmp(one.p, lower, word.n) == 0)
			return true;
	}
	return false;
}

static bool is_letter(char c)
{
	return ascii_is_letter(c) || (unsigned char)c >= 0x80;
}

const struct data_words *data_words_of(struct span text)
{
	size_t seen[LANGUAGES] = {0};
	size_t best = 0;
	size_t i = 0;
	size_t k;

	while (i < text.n) {
		size_t from = i;

		while (i < text.n && is_letter(text.p[i]))
			i++;
		for (k = 0; i > from && k < LANGUAGES; k++)
			if (in_list(languages[k].common,
				    span_of(text.p + from, i - from)))
				seen[k]++;
		i = i > from ? i : i + 1;
	}
	for (k = 1; k < LANGUAGES; k++)
		if (seen[k] > seen[best])
			best = k;
	return &languages[best];
}
