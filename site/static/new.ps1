# Publishes an update on @ORIGIN@. It needs PowerShell and ssh-keygen, and every copy of the page has it.
#
#   Invoke-WebRequest https://@ORIGIN@/notes/new.ps1 -OutFile new.ps1
#   powershell -ExecutionPolicy Bypass -File new.ps1 -Slug 2013-09-03-mail -Title 'Mail is down'
#
# The same slug again is the next update of the same incident:
#
#   powershell -ExecutionPolicy Bypass -File new.ps1 -Slug 2013-09-03-mail -Title 'Mail works again' -Phase resolved
#
# The signed note stays in this directory. Sending it again is safe.
param(
  # Names the incident in URLs.
  [Parameter(Mandatory)][string]$Slug,
  # What users cannot do.
  [Parameter(Mandatory)][string]$Title,
  # identified, monitoring, resolved; for other things: notice.
  [string]$Phase = 'investigating',
  # A component and its condition, such as 'mail outage'; several with commas.
  [string[]]$Affects = @(),
  # More to read.
  [string]$Body = '',
  # Minutes until the next update.
  [int]$Next = 30,
  # A drill, which only /drill shows.
  [switch]$Drill,
  # The SSH key that signs.
  [string]$Key = (Join-Path $HOME '.ssh/id_ed25519'),
  # Where to send the note.
  [string]$Endpoint = 'https://@ORIGIN@/notes'
)
$ErrorActionPreference = 'Stop'

$random = New-Object byte[] 16
[Security.Cryptography.RandomNumberGenerator]::Create().GetBytes($random)
$id = -join ($random | ForEach-Object { $_.ToString('x2') })
$now = [DateTime]::UtcNow
$form = "yyyy-MM-dd'T'HH:mm:ss'Z'"
$culture = [Globalization.CultureInfo]::InvariantCulture

$lines = @(
  'outband update v1'
  'origin: @ORIGIN@'
  "id: $id"
  "time: $($now.ToString($form, $culture))"
  "incident: $Slug"
  "phase: $Phase"
  "title: $Title"
)
$lines += $Affects | ForEach-Object { "affects: $_" }
if ($Phase -notin 'resolved', 'postmortem', 'completed', 'cancelled', 'notice') {
  $lines += "next-update: $($now.AddMinutes($Next).ToString($form, $culture))"
}
if ($Drill) { $lines += 'drill: yes' }
if ($Body) { $lines += '', ($Body.Trim() -replace "`r", '') }

# PowerShell's own commands would write UTF-16, byte order marks and CR LF.
$utf8 = New-Object Text.UTF8Encoding $false
$folder = (Get-Location).ProviderPath
$file = Join-Path $folder "$id.txt"
$note = Join-Path $folder "$id.note"
$text = ($lines -join "`n") + "`n"
[IO.File]::WriteAllText($file, $text, $utf8)
ssh-keygen -q -Y sign -n 'outband@v1' -f $Key $file
if ($LASTEXITCODE -ne 0) { throw 'ssh-keygen did not sign; nothing was sent.' }
$signature = [IO.File]::ReadAllText("$file.sig") -replace "`r", ''
[IO.File]::WriteAllText($note, $text + "`n" + $signature, $utf8)
Remove-Item $file, "$file.sig"

try {
  Invoke-RestMethod -Method Post -Uri $Endpoint -InFile $note -ContentType 'text/plain' | ConvertTo-Json
} catch {
  Write-Warning "Not published, or it is not known. To send it again: curl.exe --data-binary '@$note' $Endpoint"
  if ($_.ErrorDetails) { Write-Warning $_.ErrorDetails.Message }
  throw
}
