"""The phrases of the demonstration table of questions and answers, which `demo_tables.py` puts together."""

AT_THE_OFFICE = [
    ("Perdi o boleto do adubo, onde pego outro?", "No portal do associado, em financeiro, segunda via."),
    ("Como tiro a segunda via da conta da loja?", "Pague no caixa da loja até sexta, sem juros."),
    (
        "O boleto das sementes venceu ontem, ainda posso pagar?",
        "A tesouraria mandou outro para o seu e-mail agora há pouco.",
    ),
    ("O caminhão do leite passa no feriado?", "Passa dia sim, dia não, sem parar nos feriados."),
    ("A coleta de domingo vai mudar de horário?", "Não muda: o motorista chega antes das dez."),
    (
        "Quem mora depois da ponte também tem coleta de leite?",
        "Sim, a linha foi até a divisa no mês passado.",
    ),
    (
        "Qual o valor do bônus de qualidade do leite neste mês?",
        "Seis centavos por litro, pela contagem de células abaixo de 300 mil.",
    ),
    (
        "Por que o pagamento do leite veio menor?",
        "Veio com o desconto da ração de março, está no verso do extrato.",
    ),
    ("Que dia cai o pagamento do leite?", "Todo dia 15, na conta que está no cadastro."),
    ("Ainda há vaga no curso de operar trator?", "Há três vagas: basta trazer documento e uma foto."),
    (
        "Como me inscrevo na oficina de regulagem de plantadeira?",
        "Fiz a sua inscrição, a turma começa na segunda às sete.",
    ),
    ("O curso de doma é pago para quem é sócio?", "É de graça para o sócio e para um filho."),
    ("Dá para segurar o trigo contra geada?", "Sim, com a apólice assinada antes do plantio."),
    ("O seguro da soja cobre replantio?", "Cobre uma vez, até um quarto da área."),
    (
        "Até quando contrato o seguro do milho safrinha?",
        "Até o dia 20 de fevereiro, com o corretor da agência.",
    ),
    (
        "Onde entrego as embalagens vazias de defensivo?",
        "Na central da rodovia, lavadas e furadas, com hora marcada.",
    ),
    ("O posto de embalagens recebe no sábado?", "Sábado até o meio-dia, pelo portão dos fundos."),
    ("Preciso de nota para devolver os galões de herbicida?", "Precisa, e eles dão o comprovante na hora."),
    ("A quanto está a saca do feijão carioca?", "Hoje pagamos 212 reais a saca, posta aqui."),
    ("Qual o preço do café tipo 6 hoje?", "Fechou em 1.340 pela manhã, a tabela está no mural."),
    (
        "Vocês travam o preço da soja para março?",
        "Travamos até metade do que o senhor colheu no ano passado.",
    ),
    ("Vocês financiam tanque resfriador de leite?", "Em 36 vezes, com carência de um ano."),
    ("Dá para parcelar uma ordenhadeira nova?", "Sim, descontamos da conta do leite em doze parcelas."),
    (
        "Que papéis preciso para o crédito do trator?",
        "Documento, a declaração de aptidão e a matrícula da terra.",
    ),
    ("Já chegou a vacina de aftosa na loja?", "Chegou, frascos de 15 e de 50 doses."),
    ("Quanto custa o vermífugo para bezerro?", "São 48 reais o litro, e o sócio leva dois por 90."),
    ("Tem sal mineral para vaca de leite em saco de 30 quilos?", "Tem, separei dez no seu nome no balcão."),
    ("Como mudo o endereço no cadastro?", "Já troquei aqui, é só conferir no próximo extrato."),
    (
        "Meu filho pode assinar como sócio no meu lugar?",
        "Pode, com a procuração que deixei impressa na recepção.",
    ),
    ("Quando é a assembleia e onde voto?", "Dia 28, no salão da sede, com o crachá de sócio."),
    ("Qual o prazo para entregar a declaração do rebanho?", "Até o fim de novembro, pelo sistema do estado."),
    ("Vocês tiram a guia de transporte do gado?", "Tiramos na hora, com a ficha da propriedade."),
    (
        "Preciso de licença para vender queijo na feira?",
        "Precisa do selo do município, que sai em duas semanas.",
    ),
    ("Quanto cobram pela secagem do milho?", "Um real e oitenta por ponto de umidade em cada saca."),
    ("A balança recebe soja depois das seis?", "Na colheita pesamos até as dez da noite."),
    ("Qual desconto por umidade do milho que mandei?", "Deu 17 de umidade, desconto de quatro por cento."),
]
"""Questions that can be settled by telephone, each with an answer that leaves nothing to do."""

ON_THE_FARM = [
    (
        "Uma vaca caiu depois do parto e não levanta, o que faço?",
        "Era falta de cálcio: com o soro que apliquei ela já se levantou.",
    ),
    (
        "A novilha está há horas fazendo força e o bezerro não sai.",
        "Tiramos o bezerro às quatro, os dois passam bem.",
    ),
    (
        "Vaca parida ontem, tremendo e sem comer, me ajudem.",
        "Tomou cálcio na veia e voltou a comer, sem mais cuidado.",
    ),
    (
        "Três bezerros com diarreia amarela desde ontem.",
        "Soro na boca três vezes ao dia: o senhor fez e já secou.",
    ),
    ("Bezerrada fraca, de pelo arrepiado, e um morreu.", "Era vermífugo vencido; com o novo todos reagiram."),
    ("Apareceu tosse nos bezerros do piquete de baixo.", "A tosse passou com a cama seca, como combinamos."),
    (
        "Metade das vacas com grumo no leite e o úbere quente.",
        "O exame deu negativo e o leite de hoje foi aceito.",
    ),
    (
        "O leite deu ácido e o caminhão devolveu tudo.",
        "Era a borracha da teteira, trocada ontem: a prova de hoje deu normal.",
    ),
    (
        "A contagem de células dobrou e não sei por quê.",
        "Com a vaca 32 fora do tanque a contagem voltou a 250 mil.",
    ),
    ("O tanque de leite não está gelando desde cedo.", "Era o disjuntor: religado, já marca quatro graus."),
    (
        "A ordenhadeira perdeu o vácuo no meio da ordenha.",
        "A mangueira rachada foi trocada e o vácuo está em 45.",
    ),
    ("A bomba do poço liga e não puxa água para o gado.", "Limpo o filtro, a água voltou com força."),
    (
        "A plantadeira está falhando semente em duas linhas.",
        "Disco trocado pelo de 28 furos: caiu certinho em dez metros.",
    ),
    (
        "O trator esquenta e solta fumaça branca na subida.",
        "Faltava água no radiador; completou e a fumaça sumiu.",
    ),
    (
        "A colhedora está jogando soja fora pela peneira.",
        "Vento em 900 giros e peneira mais fechada: a perda acabou.",
    ),
    (
        "Mancha marrom com pó debaixo da folha da soja, é ferrugem?",
        "Pela foto é mancha-parda, não precisa aplicar nada.",
    ),
    (
        "A soja está amarelando em reboleira na baixada.",
        "É água parada: aberto o dreno, já está verde de novo.",
    ),
    (
        "Folha da soja toda furada e muita lagarta no pano.",
        "O produto de terça matou, hoje o pano deu só duas.",
    ),
    (
        "O milho nasceu falhado e as plantas estão cortadas no pé.",
        "Ficaram cinco plantas por metro, não compensa replantar.",
    ),
    ("Cartucho do milho comido e cheio de farelo.", "Aplicado ontem à noite, hoje não há lagarta viva."),
    ("O milho deitou depois do vento, será que perdi?", "Já se ergueu sozinho, pode deixar como está."),
    (
        "O café está perdendo folha e com ponta seca.",
        "A análise mostrou falta de boro, e a adubação já foi feita.",
    ),
    ("Achei furo nos grãos do café verde, é broca?", "Contamos um por cento, abaixo do que pede controle."),
    ("Caiu granizo no cafezal, como salvo as plantas?", "Com o cobre de sexta a brotação veio sadia."),
    (
        "Carrapato demais nas vacas, e o banho não mata mais.",
        "O teste apontou outro produto, e o lote está limpo.",
    ),
    ("Bicheira no umbigo de quatro bezerros.", "Curadas e fechadas, o umbigo já secou."),
    (
        "Morcego mordeu o cavalo e duas vacas nesta noite.",
        "Todos vacinados contra raiva, ninguém mostra sinal.",
    ),
    (
        "O pasto está secando em mancha e tem cigarrinha.",
        "Com o gado fora por vinte dias o capim fechou outra vez.",
    ),
    ("Planta estranha no piquete, e um boi espumou pela boca.", "O boi está bom e a planta foi arrancada."),
    (
        "Formiga acabou com o eucalipto novo em dois dias.",
        "As iscas foram levadas e os olheiros estão parados.",
    ),
    (
        "Os tomates estão murchando do lado da cerca.",
        "Era o gotejo entupido; desentupido, já se recuperaram.",
    ),
    ("Alface com a folha queimada e raiz cheia de nó.", "Canteiro trocado e mudas novas, nasceram limpas."),
    ("A geada pegou a horta, dá para salvar alguma coisa?", "Só as folhas de fora: cortadas, a horta segue."),
    ("As galinhas pararam de botar e estão espirrando.", "Era a lâmpada queimada: com luz voltaram a botar."),
    ("Achei dez frangos mortos no galpão hoje cedo.", "Foi calor, o ventilador consertado resolveu."),
    ("As porcas não querem comer desde anteontem.", "A ração estava mofada; com a nova comeram tudo."),
]
"""What somebody has to see on the spot, each with an answer after which it is over."""

SETTLED = [
    "Falei com o senhor por telefone e ficou tudo certo.",
    "Resolvido na visita de ontem, o senhor mesmo confirmou.",
    "Mandei a resposta por mensagem e veio o joinha de volta.",
    "O técnico passou aí cedo e deixou tudo em ordem.",
    "Que bom que deu certo, dou por encerrado então.",
    "A esposa ligou dizendo que não precisa mais.",
    "Respondido no balcão, o senhor saiu satisfeito.",
    "Feito como pediu, está no relatório que o senhor assinou.",
    "O vizinho ajudou e o senhor avisou que já passou.",
    "Expliquei tudo na reunião, e não ficou dúvida.",
    "Tudo pronto desde hoje cedo, obrigado por avisar.",
    "Seu filho esteve aqui e levou a solução por escrito.",
    "Confirmado com o setor: está resolvido, nada mais a fazer.",
    "O gerente atendeu o senhor na hora, caso fechado.",
    "Já era o que o senhor pensava, e agradeceu.",
    "Conferimos juntos e não há mais problema.",
    "Deixei a orientação no grupo e o senhor disse que bastava.",
    "Terminamos isso na sexta, com a sua assinatura.",
    "O encarregado voltou da sua casa agora, está tudo bem.",
    "Era engano, o senhor pediu para desconsiderar.",
    "Atendido ontem mesmo, com nota dez no retorno.",
    "Li o seu recado de hoje: funcionou, então fecho aqui.",
]
"""Answers after which nothing is left to do, whatever was asked."""

PUT_OFF = [
    "Vou verificar com o setor e retorno.",
    "O responsável está de férias, anotei o seu nome.",
    "O sistema caiu, não consigo ver nada agora.",
    "Não sei dizer, nunca me perguntaram isso.",
    "Já passei o recado, mas ninguém me respondeu.",
    "Hoje só estou eu aqui no balcão, fica para depois.",
    "Pode repetir mais tarde? Cortou a ligação.",
    "Isso não é comigo, deixei um bilhete na outra mesa.",
    "Entendi o caso, falta alguém que decida.",
    "Anotado. Assim que o pessoal voltar do almoço eu passo.",
    "Sem previsão por enquanto, estão todos na assembleia.",
    "Recebemos a sua mensagem e ela está na fila.",
    "A moça que entende disso só volta na quinta.",
    "Não achei a sua ficha, preciso procurar melhor.",
    "Fiquei na dúvida e prefiro não responder errado.",
    "Abri um chamado, número 4471, ainda sem ninguém.",
    "Estamos com muita procura, aguarde por favor.",
    "O telefone do encarregado só dá ocupado.",
    "Vi a mensagem só agora, desculpe, vou perguntar.",
    "Tem que ser com o gerente, e ele está viajando.",
    "Ainda não deu tempo de olhar o seu pedido.",
    "Ficaram de me avisar e até agora nada.",
    "Acho que sim, mas é melhor confirmar com eles.",
    "Deixe o seu número que eu peço para alguém ver.",
]
"""Answers that leave all to do, whatever was asked."""
