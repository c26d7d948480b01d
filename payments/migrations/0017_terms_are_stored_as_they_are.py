from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0016_invoices_keep_their_totals'),
    ]

    operations = [
        migrations.RunSQL(
            'ALTER TABLE payments_schedule ALTER COLUMN terms SET STORAGE EXTERNAL',
            'ALTER TABLE payments_schedule ALTER COLUMN terms SET STORAGE EXTENDED',
        ),
    ]
